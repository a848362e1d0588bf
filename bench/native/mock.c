/*
 * A provider that speaks chat completions: `mock PORT MODEL KEY`.
 *
 * Answers every POST with about 1.1 KB of JSON, or with a stream of events when the body says "stream":true. It counts
 * requests whose model or key is not the one it was told, and callers that left before their stream ended.
 *   GET /bench/set?events=64&interval_us=0   shape of the streams that begin from now on; also clears the counters
 *   GET /bench/stats                         the counters
 *   GET /bench/leaves                        when the last callers left (CLOCK_MONOTONIC, ns), oldest first
 */
#include "net.h"

enum { LEAVES_KEPT = 256, EVENT_MAX = 512, HEAD_MAX = 16384 };

struct caller {
  int fd;
  char *in;
  size_t in_length, in_room;
  const char *out; /* rest of what is being sent; event_text or a static answer */
  size_t out_length;
  int is_streaming, is_queued, events_sent, has_ended;
  int64_t due_ns;
  struct caller *later; /* next in the queue of paced streams, or in the list of the dead */
};

static int epoll, timer;
static const char *wanted_model, *wanted_key;
static int events_per_stream = 64;
static int64_t interval_ns;
static struct { long requests, wrong_model, wrong_key, malformed, streams, finished, left; } count;
static int64_t leaves[LEAVES_KEPT];
static struct caller *paced_first, *paced_last, *dead;

static char plain_answer[2048];
static size_t plain_answer_length;
static char event_text[EVENT_MAX], role_text[EVENT_MAX], stop_text[EVENT_MAX], usage_text[EVENT_MAX];
static size_t event_length, role_length, stop_length, usage_length;
static const char stream_head[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n";
static const char stream_end[] = "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";

#define USAGE "\"usage\":{\"prompt_tokens\":412,\"completion_tokens\":186,\"total_tokens\":598}"

static size_t write_event(char *into, const char *choices, const char *tail) {
  char event[EVENT_MAX - 16];
  int length = snprintf(event, sizeof event,
                        "data: {\"id\":\"chatcmpl-B1x7GkQm3vTzLr9wYc5hNdP2sEfUa\",\"object\":\"chat.completion.chunk\","
                        "\"created\":1795000000,\"model\":\"%s\",\"system_fingerprint\":\"fp_44709d6fcb\",\"choices\":[%s]%s}\n\n",
                        wanted_model, choices, tail);
  return (size_t)snprintf(into, EVENT_MAX, "%x\r\n%s\r\n", (unsigned)length, event);
}

static void write_answers(void) {
  char text[700], body[1500];
  for (size_t i = 0; i < sizeof text - 1; i++) text[i] = "the quick brown fox jumps over a lazy dog, "[i % 43];
  text[sizeof text - 1] = 0;
  int length = snprintf(body, sizeof body,
                        "{\"id\":\"chatcmpl-B1x7GkQm3vTzLr9wYc5hNdP2sEfUa\",\"object\":\"chat.completion\","
                        "\"created\":1795000000,\"model\":\"%s\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
                        "\"assistant\",\"content\":\"%s\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],"
                        "\"service_tier\":\"default\",\"system_fingerprint\":\"fp_44709d6fcb\"," USAGE "}",
                        wanted_model, text);
  plain_answer_length = (size_t)snprintf(plain_answer, sizeof plain_answer,
                                         "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                                         length, body);
  role_length = write_event(role_text, "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}", "");
  event_length = write_event(event_text, "{\"index\":0,\"delta\":{\"content\":\" word\"},\"finish_reason\":null}", "");
  stop_length = write_event(stop_text, "{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}", "");
  usage_length = write_event(usage_text, "", "," USAGE);
}

/* An event of this caller may still be in this turn's batch: freed between turns. */
static void bury(struct caller *caller) {
  caller->later = dead;
  dead = caller;
}

static void free_dead(void) {
  while (dead) {
    struct caller *caller = dead;
    dead = caller->later;
    free(caller->in);
    free(caller);
  }
}

static void close_caller(struct caller *caller) {
  if (caller->is_streaming) {
    leaves[count.left++ % LEAVES_KEPT] = now_ns();
    caller->is_streaming = 0;
  }
  close(caller->fd);
  caller->has_ended = 1;
  if (!caller->is_queued) bury(caller);
}

/* Sends what stands in `out`. False when the socket is full or broken. */
static int flush(struct caller *caller) {
  while (caller->out_length) {
    ssize_t sent = send(caller->fd, caller->out, caller->out_length, 0);
    if (sent < 0) {
      if (errno == EAGAIN) watch(epoll, EPOLL_CTL_MOD, caller->fd, EPOLLIN | EPOLLOUT, caller);
      else close_caller(caller);
      return 0;
    }
    caller->out += sent;
    caller->out_length -= (size_t)sent;
  }
  return 1;
}

static void queue_paced(struct caller *caller, int64_t due_ns) {
  caller->due_ns = due_ns;
  caller->later = NULL;
  caller->is_queued = 1;
  if (paced_last) paced_last->later = caller;
  else {
    paced_first = caller;
    arm_timer(timer, due_ns);
  }
  paced_last = caller;
}

/* One `send` an event, as providers do. Paced streams send one event and queue for the next. */
static void continue_stream(struct caller *caller) {
  while (flush(caller)) {
    int event = caller->events_sent++;
    if (event > events_per_stream) {
      caller->is_streaming = 0;
      count.finished++;
      return;
    }
    int is_paced = interval_ns > 0 && event > 0 && event < events_per_stream;
    if (event == events_per_stream) caller->out = stream_end, caller->out_length = sizeof stream_end - 1;
    else if (event == events_per_stream - 1) caller->out = usage_text, caller->out_length = usage_length;
    else if (event == events_per_stream - 2) caller->out = stop_text, caller->out_length = stop_length;
    else if (event == 0) caller->out = role_text, caller->out_length = role_length;
    else caller->out = event_text, caller->out_length = event_length;
    if (!is_paced) continue;
    if (flush(caller)) queue_paced(caller, caller->due_ns + interval_ns);
    return;
  }
}

static void start_stream(struct caller *caller) {
  count.streams++;
  caller->is_streaming = 1;
  caller->events_sent = 0;
  caller->due_ns = now_ns();
  caller->out = stream_head;
  caller->out_length = sizeof stream_head - 1;
  continue_stream(caller);
}

static void send_due_events(void) {
  int64_t now = now_ns();
  while (paced_first && paced_first->due_ns <= now) {
    struct caller *caller = paced_first;
    paced_first = caller->later;
    if (!paced_first) paced_last = NULL;
    caller->is_queued = 0;
    if (caller->has_ended) bury(caller);
    else continue_stream(caller);
  }
  arm_timer(timer, paced_first ? paced_first->due_ns : 0);
}

static void answer_control(struct caller *caller, const char *target) {
  static char text[LEAVES_KEPT * 24 + 512], body[LEAVES_KEPT * 24];
  int length = 0;
  if (strncmp(target, "/bench/set?", 11) == 0) {
    long interval_us = 0;
    sscanf(target, "/bench/set?events=%d&interval_us=%ld", &events_per_stream, &interval_us);
    interval_ns = interval_us * 1000;
    memset(&count, 0, sizeof count);
  }
  if (strncmp(target, "/bench/leaves", 13) == 0) {
    long first = count.left > LEAVES_KEPT ? count.left - LEAVES_KEPT : 0;
    length = snprintf(body, sizeof body, "[");
    for (long i = first; i < count.left; i++)
      length += snprintf(body + length, sizeof body - (size_t)length, "%s%lld", i > first ? "," : "",
                         (long long)leaves[i % LEAVES_KEPT]);
    length += snprintf(body + length, sizeof body - (size_t)length, "]");
  } else {
    length = snprintf(body, sizeof body,
                      "{\"requests\":%ld,\"wrongModel\":%ld,\"wrongKey\":%ld,\"malformed\":%ld,\"streams\":%ld,"
                      "\"finished\":%ld,\"left\":%ld,\"active\":%ld}",
                      count.requests, count.wrong_model, count.wrong_key, count.malformed, count.streams, count.finished,
                      count.left, count.streams - count.finished - count.left);
  }
  caller->out = text;
  caller->out_length = (size_t)snprintf(
      text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", length, body);
  flush(caller);
}

static const char *after_name(const char *body, size_t length, const char *quoted_name) {
  const char *at = memmem(body, length, quoted_name, strlen(quoted_name)), *end = body + length;
  if (!at) return NULL;
  for (at += strlen(quoted_name); at < end && strchr(" \t\r\n:", *at); at++) continue;
  return at < end ? at : NULL;
}

static void answer_generation(struct caller *caller, const char *head, size_t head_length, const char *body, size_t length) {
  size_t key_length, model_length = strlen(wanted_model);
  const char *key = find_header(head, head_length, "authorization", &key_length);
  const char *model = after_name(body, length, "\"model\""), *stream = after_name(body, length, "\"stream\"");
  count.requests++;
  if (!key || key_length != strlen(wanted_key) + 7 || memcmp(key + 7, wanted_key, key_length - 7) != 0) count.wrong_key++;
  if (!model || (size_t)(body + length - model) < model_length + 2 || model[0] != '"' ||
      memcmp(model + 1, wanted_model, model_length) != 0 || model[model_length + 1] != '"')
    count.wrong_model++;
  if (stream && body + length - stream >= 4 && memcmp(stream, "true", 4) == 0) start_stream(caller);
  else {
    caller->out = plain_answer;
    caller->out_length = plain_answer_length;
    flush(caller);
  }
}

/* Length of a complete chunked body after the head, decoded in place into `*decoded`; 0 while incomplete, -1 if malformed. */
static long decode_chunks(char *body, size_t length, size_t *decoded) {
  size_t at = 0;
  /* First find the end without touching anything: the body may arrive in many reads. */
  for (;;) {
    char *line_end = memmem(body + at, length - at, "\r\n", 2);
    if (!line_end) return 0;
    size_t size = strtoul(body + at, NULL, 16), next = (size_t)(line_end - body) + 2 + size + 2;
    if (next > length) return 0;
    if (memcmp(body + next - 2, "\r\n", 2) != 0) return -1;
    at = next;
    if (size == 0) break;
  }
  size_t from = 0, to = 0;
  for (;;) {
    char *line_end = memmem(body + from, length - from, "\r\n", 2);
    size_t size = strtoul(body + from, NULL, 16);
    if (size == 0) break;
    memmove(body + to, line_end + 2, size);
    to += size;
    from = (size_t)(line_end - body) + 2 + size + 2;
  }
  *decoded = to;
  return (long)at;
}

/* Takes one complete request from what was read, if there is one. */
static int take_request(struct caller *caller) {
  char *head_end = memmem(caller->in, caller->in_length, "\r\n\r\n", 4);
  if (!head_end) return caller->in_length > HEAD_MAX ? -1 : 0;
  size_t head_length = (size_t)(head_end - caller->in) + 4, value_length;
  char *body = caller->in + head_length;
  size_t after_head = caller->in_length - head_length, body_length = 0, taken = head_length;
  const char *length = find_header(caller->in, head_length, "content-length", &value_length);
  if (length) {
    body_length = strtoul(length, NULL, 10);
    if (body_length > after_head) return 0;
    taken += body_length;
  } else if (header_is(caller->in, head_length, "transfer-encoding", "chunked")) {
    long chunks = decode_chunks(body, after_head, &body_length);
    if (chunks <= 0) return (int)chunks;
    taken += (size_t)chunks;
  }
  if (memcmp(caller->in, "GET ", 4) == 0) answer_control(caller, caller->in + 4);
  else answer_generation(caller, caller->in, head_length, body, body_length);
  memmove(caller->in, caller->in + taken, caller->in_length - taken);
  caller->in_length -= taken;
  return 1;
}

static void read_caller(struct caller *caller) {
  for (;;) {
    if (caller->in_length == caller->in_room) {
      caller->in_room = caller->in_room ? caller->in_room * 2 : 8192;
      caller->in = realloc(caller->in, caller->in_room);
    }
    size_t room = caller->in_room - caller->in_length;
    ssize_t got = recv(caller->fd, caller->in + caller->in_length, room, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return close_caller(caller);
    caller->in_length += (size_t)got;
    int taken;
    while (!caller->has_ended && !caller->is_streaming && caller->in_length && (taken = take_request(caller)) != 0) {
      if (taken > 0) continue;
      count.malformed++;
      return close_caller(caller);
    }
    if (caller->has_ended || (size_t)got < room) return;
  }
}

static void accept_callers(int listener) {
  int fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    struct caller *caller = calloc(1, sizeof *caller);
    caller->fd = fd;
    send_at_once(fd);
    watch(epoll, EPOLL_CTL_ADD, fd, EPOLLIN, caller);
  }
}

int main(int count_of_words, char **words) {
  if (count_of_words != 4) return fprintf(stderr, "usage: mock PORT MODEL KEY\n"), 2;
  prepare_process();
  wanted_model = words[2];
  wanted_key = words[3];
  write_answers();
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  struct sockaddr_in address = loopback(atoi(words[1]));
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4096) < 0) die("listen");
  epoll = epoll_create1(0);
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  watch(epoll, EPOLL_CTL_ADD, listener, EPOLLIN, &listener);
  watch(epoll, EPOLL_CTL_ADD, timer, EPOLLIN, &timer);
  for (;;) {
    struct epoll_event ready[256];
    int ready_count = epoll_wait(epoll, ready, 256, -1);
    for (int i = 0; i < ready_count; i++) {
      void *owner = ready[i].data.ptr;
      if (owner == &listener) accept_callers(listener);
      else if (owner == &timer) {
        uint64_t expirations;
        if (read(timer, &expirations, sizeof expirations) > 0) send_due_events();
      } else {
        struct caller *caller = owner;
        if (caller->has_ended) continue;
        if (ready[i].events & EPOLLOUT) {
          watch(epoll, EPOLL_CTL_MOD, caller->fd, EPOLLIN, caller);
          if (caller->is_streaming) continue_stream(caller);
          else flush(caller);
        }
        if (!caller->has_ended && ready[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_caller(caller);
      }
    }
    free_dead();
  }
}
