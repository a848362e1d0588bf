/* Reads HTTP/1.1 answers as they arrive, keeps the last bytes of the body and counts server-sent events. */
#ifndef BENCH_ANSWER_H
#define BENCH_ANSWER_H

#include "net.h"

enum { ANSWER_HEAD_MAX = 16384, TAIL_KEPT = 64, SNIPPET_KEPT = 240 };
enum answer_phase { HEAD, SIZED, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILER, UNTIL_CLOSE, COMPLETE, BROKEN };

struct answer {
  enum answer_phase phase;
  int status, closes, line_length;
  size_t left, head_length, snippet_length;
  long events, bytes;
  int64_t first_byte_ns;
  char tail[TAIL_KEPT + 1];
  size_t tail_length;
  char snippet[SNIPPET_KEPT + 1];
  char line_start[6];
  char head[ANSWER_HEAD_MAX];
};

static inline void begin_answer(struct answer *answer) { memset(answer, 0, offsetof(struct answer, head)); }

/* A line that begins with "data:" is an event; lines may be cut anywhere by the network. */
static inline void count_events(struct answer *answer, const char *bytes, size_t length) {
  const char *end = bytes + length;
  while (bytes < end) {
    while (bytes < end && answer->line_length < 5 && *bytes != '\n') answer->line_start[answer->line_length++] = *bytes++;
    const char *line_end = bytes < end ? memchr(bytes, '\n', (size_t)(end - bytes)) : NULL;
    if (!line_end) return;
    if (answer->line_length == 5 && memcmp(answer->line_start, "data:", 5) == 0) answer->events++;
    answer->line_length = 0;
    bytes = line_end + 1;
  }
}

static inline void take_body(struct answer *answer, const char *bytes, size_t length) {
  if (answer->bytes == 0) answer->first_byte_ns = now_ns();
  answer->bytes += (long)length;
  count_events(answer, bytes, length);
  if (answer->snippet_length < SNIPPET_KEPT) {
    size_t kept = length < SNIPPET_KEPT - answer->snippet_length ? length : SNIPPET_KEPT - answer->snippet_length;
    memcpy(answer->snippet + answer->snippet_length, bytes, kept);
    answer->snippet_length += kept;
  }
  if (length >= TAIL_KEPT) {
    memcpy(answer->tail, bytes + length - TAIL_KEPT, TAIL_KEPT);
    answer->tail_length = TAIL_KEPT;
    return;
  }
  size_t kept = answer->tail_length + length > TAIL_KEPT ? TAIL_KEPT - length : answer->tail_length;
  memmove(answer->tail, answer->tail + answer->tail_length - kept, kept);
  memcpy(answer->tail + kept, bytes, length);
  answer->tail_length = kept + length;
}

static inline void take_head(struct answer *answer) {
  size_t length;
  const char *value = find_header(answer->head, answer->head_length, "content-length", &length);
  answer->status = atoi(answer->head + 9);
  answer->closes = header_is(answer->head, answer->head_length, "connection", "close");
  if (header_is(answer->head, answer->head_length, "transfer-encoding", "chunked")) answer->phase = CHUNK_SIZE;
  else if (value) {
    answer->left = strtoul(value, NULL, 10);
    answer->phase = answer->left ? SIZED : COMPLETE;
  } else {
    answer->phase = UNTIL_CLOSE;
    answer->closes = 1;
  }
}

/* The part of a head, size line or trailer line up to its end; bytes taken from the input. */
static inline size_t take_line(struct answer *answer, const char *bytes, size_t length) {
  const char *end = memchr(bytes, '\n', length);
  size_t taken = end ? (size_t)(end - bytes) + 1 : length;
  if (answer->head_length + taken > ANSWER_HEAD_MAX - 1) {
    answer->phase = BROKEN;
    return length;
  }
  memcpy(answer->head + answer->head_length, bytes, taken);
  answer->head_length += taken;
  answer->head[answer->head_length] = 0;
  if (!end) return taken;
  char *head = answer->head;
  size_t head_length = answer->head_length;
  if (answer->phase == HEAD) {
    if (head_length >= 4 && memcmp(head + head_length - 4, "\r\n\r\n", 4) == 0) take_head(answer);
    else return taken;
  } else if (answer->phase == CHUNK_SIZE) {
    answer->left = strtoul(head, NULL, 16);
    answer->phase = answer->left ? CHUNK_DATA : TRAILER;
  } else if (answer->phase == CHUNK_END) answer->phase = CHUNK_SIZE;
  else if (head_length <= 2) answer->phase = COMPLETE;
  answer->head_length = 0;
  return taken;
}

static inline void take_answer(struct answer *answer, const char *bytes, size_t length) {
  while (length && answer->phase != COMPLETE && answer->phase != BROKEN) {
    size_t taken = length;
    if (answer->phase == SIZED || answer->phase == CHUNK_DATA) {
      if (taken > answer->left) taken = answer->left;
      take_body(answer, bytes, taken);
      answer->left -= taken;
      if (!answer->left) answer->phase = answer->phase == SIZED ? COMPLETE : CHUNK_END;
    } else if (answer->phase == UNTIL_CLOSE) take_body(answer, bytes, taken);
    else taken = take_line(answer, bytes, length);
    bytes += taken;
    length -= taken;
  }
}

static inline int ends_with(struct answer *answer, const char *wanted) {
  size_t end = answer->tail_length, length = strlen(wanted);
  while (end && strchr("\r\n \t", answer->tail[end - 1])) end--;
  return end >= length && memcmp(answer->tail + end - length, wanted, length) == 0;
}

/* 200, framed to its end, and whole: a stream's last event is [DONE], a plain answer's last byte closes its object. */
static inline int is_whole(struct answer *answer, int is_stream) {
  return answer->phase == COMPLETE && answer->status == 200 && ends_with(answer, is_stream ? "data: [DONE]" : "}");
}

#endif
