/*
 * The callers. Every mode sends the bytes of REQUEST_FILE as they are and prints one line of JSON.
 *   load closed PORT REQUEST_FILE json|stream CALLERS REQUESTS MAX_MS   each caller asks again as soon as it was answered
 *   load rate   PORT REQUEST_FILE json|stream PER_SECOND SECONDS        asks at fixed times, latency from the due time
 *   load hold   PORT REQUEST_FILE STREAMS AFTER_MS MAX_MS               all at once; how many are alive after AFTER_MS
 *   load abort  PORT REQUEST_FILE TOTAL CALLERS EVENTS                  leaves each stream after so many events
 *   load leave  PORT REQUEST_FILE TRIES GAP_MS                          one at a time; prints when it left (ns)
 */

#include "answer.h"

enum { CALLERS_MAX = 8192, ALIVE_WITHIN_MS = 1000 };

struct caller {
  int fd, is_busy;
  size_t sent;
  int64_t due_ns, last_ns;
  struct answer answer;
};

static int epoll, timer, port, is_stream, caller_count;
static char *request;
static size_t request_length;
static struct caller *callers[CALLERS_MAX];
static struct caller *idle[CALLERS_MAX];
static int idle_count, busy_count;
static long asked, done, failed_status, failed_tail, failed_transport, events_seen;
static double *latency_ms, *first_ms;
static long latency_room;
static char first_failure[SNIPPET_KEPT + 64];
static void (*on_answer)(struct caller *);
static void (*on_bytes)(struct caller *);
static void (*on_timer)(void);

static void read_request(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) die(path);
  fseek(file, 0, SEEK_END);
  request_length = (size_t)ftell(file);
  rewind(file);
  request = malloc(request_length);
  if (fread(request, 1, request_length, file) != request_length) die(path);
  fclose(file);
}

static void open_connection(struct caller *caller) {
  struct sockaddr_in address = loopback(port);
  caller->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (caller->fd < 0) die("socket");
  send_at_once(caller->fd);
  if (connect(caller->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) die("connect");
  watch(epoll, EPOLL_CTL_ADD, caller->fd, EPOLLIN, caller);
}

static struct caller *add_caller(void) {
  if (caller_count == CALLERS_MAX) return NULL;
  struct caller *caller = calloc(1, sizeof *caller);
  caller->fd = -1;
  callers[caller_count++] = caller;
  return caller;
}

static void close_connection(struct caller *caller, int abruptly) {
  struct linger reset = {1, 0};
  if (caller->fd < 0) return;
  if (abruptly) setsockopt(caller->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  close(caller->fd);
  caller->fd = -1;
}

static void note_failure(struct caller *caller, const char *what) {
  if (first_failure[0]) return;
  caller->answer.snippet[caller->answer.snippet_length] = 0;
  snprintf(first_failure, sizeof first_failure, "%s, status %d: %s", what, caller->answer.status, caller->answer.snippet);
}

static void finish(struct caller *caller) {
  struct answer *answer = &caller->answer;
  int64_t now = now_ns();
  caller->is_busy = 0;
  busy_count--;
  events_seen += answer->events;
  if (is_whole(answer, is_stream)) {
    if (done < latency_room) {
      latency_ms[done] = (double)(now - caller->due_ns) / 1e6;
      first_ms[done] = (double)(answer->first_byte_ns - caller->due_ns) / 1e6;
    }
    done++;
  } else if (answer->phase != COMPLETE) failed_transport++, note_failure(caller, "connection ended early");
  else if (answer->status != 200) failed_status++, note_failure(caller, "refused");
  else failed_tail++, note_failure(caller, "wrong end");
  if (answer->closes || answer->phase != COMPLETE) close_connection(caller, 0);
  on_answer(caller);
}

static void send_rest(struct caller *caller) {
  while (caller->sent < request_length) {
    ssize_t sent = send(caller->fd, request + caller->sent, request_length - caller->sent, 0);
    if (sent < 0) {
      if (errno == EAGAIN || errno == ENOTCONN) watch(epoll, EPOLL_CTL_MOD, caller->fd, EPOLLIN | EPOLLOUT, caller);
      /* Broken: reading says so. */
      return;
    }
    caller->sent += (size_t)sent;
  }
}

static void ask(struct caller *caller, int64_t due_ns) {
  asked++;
  busy_count++;
  caller->is_busy = 1;
  caller->sent = 0;
  caller->due_ns = due_ns;
  begin_answer(&caller->answer);
  if (caller->fd < 0) open_connection(caller);
  send_rest(caller);
}

static void read_answer(struct caller *caller) {
  static char bytes[262144];
  for (;;) {
    ssize_t got = recv(caller->fd, bytes, sizeof bytes, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      if (!caller->is_busy) return close_connection(caller, 0);
      if (got == 0 && caller->answer.phase == UNTIL_CLOSE) caller->answer.phase = COMPLETE;
      return finish(caller);
    }
    if (!caller->is_busy) return close_connection(caller, 0);
    caller->last_ns = now_ns();
    take_answer(&caller->answer, bytes, (size_t)got);
    if (caller->answer.phase == COMPLETE || caller->answer.phase == BROKEN) return finish(caller);
    if (on_bytes) on_bytes(caller);
    if (!caller->is_busy || caller->fd < 0 || (size_t)got < sizeof bytes) return;
  }
}

static void run_while_busy(int (*has_more)(void), int64_t until_ns) {
  while ((busy_count || (has_more && has_more())) && now_ns() < until_ns) {
    struct epoll_event ready[256];
    int ready_count = epoll_wait(epoll, ready, 256, 20);
    for (int i = 0; i < ready_count; i++) {
      struct caller *caller = ready[i].data.ptr;
      if ((void *)caller == &timer) {
        uint64_t expirations;
        if (read(timer, &expirations, sizeof expirations) > 0) on_timer();
        continue;
      }
      if (caller->fd < 0) continue;
      if (ready[i].events & EPOLLOUT) {
        watch(epoll, EPOLL_CTL_MOD, caller->fd, EPOLLIN, caller);
        if (caller->is_busy) send_rest(caller);
      }
      if (ready[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_answer(caller);
    }
  }
  failed_transport += busy_count;
  if (busy_count && !first_failure[0]) snprintf(first_failure, sizeof first_failure, "%d answers never ended", busy_count);
}

static int by_size(const void *a, const void *b) {
  double difference = *(const double *)a - *(const double *)b;
  return difference < 0 ? -1 : difference > 0;
}

static double percentile(double *values, long count, double of) {
  if (!count) return 0;
  long at = (long)(of * (double)count);
  return values[at < count ? at : count - 1];
}

static void print_result(int64_t start_ns, const char *extra) {
  double seconds = (double)(now_ns() - start_ns) / 1e9;
  struct timespec own;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
  long count = done < latency_room ? done : latency_room;
  qsort(latency_ms, (size_t)count, sizeof *latency_ms, by_size);
  qsort(first_ms, (size_t)count, sizeof *first_ms, by_size);
  printf("{\"asked\":%ld,\"done\":%ld,\"failedStatus\":%ld,\"failedTail\":%ld,\"failedTransport\":%ld,\"events\":%ld,\"cpuNs\":%lld,",
         asked, done, failed_status, failed_tail, failed_transport, events_seen,
         (long long)own.tv_sec * 1000000000 + own.tv_nsec);
  printf("\"seconds\":%.4f,\"latencyMsP50\":%.4f,\"latencyMsP99\":%.4f,\"firstMsP50\":%.4f,\"firstMsP99\":%.4f%s", seconds,
         percentile(latency_ms, count, 0.5), percentile(latency_ms, count, 0.99), percentile(first_ms, count, 0.5),
         percentile(first_ms, count, 0.99), extra);
  if (first_failure[0]) {
    printf(",\"firstFailure\":\"");
    for (const char *at = first_failure; *at; at++) {
      if (*at == '"' || *at == '\\') putchar('\\');
      putchar(*at < ' ' ? ' ' : *at);
    }
    putchar('"');
  }
  printf("}\n");
}

/* closed */
static long to_ask;
static int64_t stop_asking_ns;

static void ask_again(struct caller *caller) {
  int64_t now = now_ns();
  if (asked < to_ask && now < stop_asking_ns) ask(caller, now);
}

/* rate */
static int64_t rate_start_ns, rate_period_ns, rate_grace_ns = 5000000000;

static void rest(struct caller *caller) { idle[idle_count++] = caller; }

static int has_due(void) { return asked < to_ask; }

static void ask_due(void) {
  int64_t now = now_ns();
  while (asked < to_ask && rate_start_ns + asked * rate_period_ns <= now) {
    struct caller *caller = idle_count ? idle[--idle_count] : add_caller();
    if (!caller) break; /* All callers wait: the backlog shows in the latency. */
    ask(caller, rate_start_ns + asked * rate_period_ns);
  }
  if (asked < to_ask) arm_timer(timer, rate_start_ns + asked * rate_period_ns);
}

/* hold */
static int64_t look_ns;
static int alive_then = -1;

static void leave_alone(struct caller *caller) { (void)caller; }

static void look(void) {
  int64_t now = now_ns();
  alive_then = 0;
  for (int i = 0; i < caller_count; i++)
    alive_then += callers[i]->is_busy && callers[i]->answer.events > 0 && now - callers[i]->last_ns < ALIVE_WITHIN_MS * 1000000LL;
}

/* abort and leave */
static long leave_after;
static int64_t left_ns;

static void leave(struct caller *caller) {
  if (caller->answer.events < leave_after) return;
  events_seen += caller->answer.events;
  caller->is_busy = 0;
  busy_count--;
  done++;
  left_ns = now_ns();
  close_connection(caller, done % 2);
  on_answer(caller);
}

static void run_leaves(long tries, int gap_ms) {
  printf("[");
  struct caller *caller = add_caller();
  for (long i = 0; i < tries; i++) {
    left_ns = 0;
    ask(caller, now_ns());
    run_while_busy(NULL, now_ns() + 5000000000);
    printf("%s%lld", i ? "," : "", (long long)left_ns);
    struct timespec gap = {gap_ms / 1000, gap_ms % 1000 * 1000000L};
    nanosleep(&gap, NULL);
  }
  printf("]\n");
}

int main(int words_count, char **words) {
  const char *mode = words_count > 5 ? words[1] : "";
  char extra[96] = "";
  prepare_process();
  epoll = epoll_create1(0);
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  watch(epoll, EPOLL_CTL_ADD, timer, EPOLLIN, &timer);
  port = words_count > 5 ? atoi(words[2]) : 0;
  if (port) read_request(words[3]);
  is_stream = port && strcmp(words[4], "json") != 0;
  int64_t start_ns = now_ns();
  latency_room = 2000000;
  latency_ms = calloc((size_t)latency_room, sizeof *latency_ms);
  first_ms = calloc((size_t)latency_room, sizeof *first_ms);
  if (!strcmp(mode, "closed") && words_count == 8) {
    /* The mock shares our core: it should finish a burst of events before we wake for the first of them. */
    struct sched_param plain = {0};
    sched_setscheduler(0, SCHED_BATCH, &plain);
    to_ask = atol(words[6]);
    stop_asking_ns = start_ns + atol(words[7]) * 1000000;
    on_answer = ask_again;
    for (int i = 0; i < atoi(words[5]); i++) ask_again(add_caller());
    run_while_busy(NULL, stop_asking_ns + rate_grace_ns);
  } else if (!strcmp(mode, "rate") && words_count == 7) {
    rate_period_ns = 1000000000 / atol(words[5]);
    to_ask = atol(words[5]) * atol(words[6]);
    rate_start_ns = start_ns + 10000000;
    on_answer = rest;
    on_timer = ask_due;
    ask_due();
    run_while_busy(has_due, start_ns + atol(words[6]) * 1000000000 + rate_grace_ns);
  } else if (!strcmp(mode, "hold") && words_count == 7) {
    look_ns = start_ns + atol(words[5]) * 1000000;
    on_answer = leave_alone;
    on_timer = look;
    arm_timer(timer, look_ns);
    for (int i = 0; i < atoi(words[4]); i++) ask(add_caller(), now_ns());
    run_while_busy(NULL, start_ns + atol(words[6]) * 1000000);
    snprintf(extra, sizeof extra, ",\"alive\":%d", alive_then);
  } else if (!strcmp(mode, "abort") && words_count == 7) {
    to_ask = atol(words[4]);
    leave_after = atol(words[6]);
    stop_asking_ns = start_ns + 300000000000;
    on_answer = ask_again;
    on_bytes = leave;
    for (int i = 0; i < atoi(words[5]); i++) ask_again(add_caller());
    run_while_busy(NULL, stop_asking_ns);
  } else if (!strcmp(mode, "leave") && words_count == 6) {
    leave_after = 3;
    on_answer = leave_alone;
    on_bytes = leave;
    run_leaves(atol(words[4]), atoi(words[5]));
    return 0;
  } else return fprintf(stderr, "usage: see the top of load.c\n"), 2;
  print_result(start_ns, extra);
  return 0;
}
