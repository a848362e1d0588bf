/* What the mock upstream and the load generator share: the clock, sockets and a look into HTTP/1.1 heads. */
#ifndef BENCH_NET_H
#define BENCH_NET_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static inline int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline void die(const char *what) {
  perror(what);
  exit(1);
}

/* Thousands of streams need as many descriptors as we may have. */
static inline void prepare_process(void) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  signal(SIGPIPE, SIG_IGN);
}

static inline struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static inline void send_at_once(int fd) {
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* Wakes the epoll once at an absolute time; zero disarms. */
static inline void arm_timer(int timer, int64_t at_ns) {
  struct itimerspec when = {.it_value = {at_ns / 1000000000, at_ns % 1000000000}};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static inline void watch(int epoll, int op, int fd, uint32_t events, void *owner) {
  struct epoll_event event = {.events = events, .data.ptr = owner};
  if (epoll_ctl(epoll, op, fd, &event) < 0 && op != EPOLL_CTL_DEL) die("epoll_ctl");
}

/* The value of a header in a head that ends with an empty line, or NULL. */
static inline const char *find_header(const char *head, size_t length, const char *name, size_t *value_length) {
  size_t name_length = strlen(name);
  const char *line = memchr(head, '\n', length), *end = head + length;
  while (line && ++line < end) {
    const char *next = memchr(line, '\n', (size_t)(end - line));
    if (next && (size_t)(next - line) > name_length && line[name_length] == ':' &&
        strncasecmp(line, name, name_length) == 0) {
      const char *value = line + name_length + 1;
      while (value < next && (*value == ' ' || *value == '\t')) value++;
      while (next > value && (next[-1] == '\r' || next[-1] == ' ')) next--;
      *value_length = (size_t)(next - value);
      return value;
    }
    line = next;
  }
  return NULL;
}

static inline int header_is(const char *head, size_t length, const char *name, const char *wanted) {
  size_t found;
  const char *value = find_header(head, length, name, &found);
  return value && found == strlen(wanted) && strncasecmp(value, wanted, found) == 0;
}

#endif
