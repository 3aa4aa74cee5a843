// A disk that fails as it is told: loaded into a process with LD_PRELOAD, it stands between the process and the system's
// calls on the files of the database. What it is to do stands in a small file that a test writes and both see at once.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// As test/faults/failing-disk.ts writes it.
struct control {
  int32_t kinds;      // which calls it is about: 1 write, 2 sync, 4 truncate, 8 read
  int32_t action;     // 0 nothing, 1 fail with `error`, 2 kill the process, 3 keep an image before each call
  int32_t error;      // an errno
  int32_t lies;       // 1: a sync says that it is done, and is not
  int64_t from;       // the first call that it is about, counted from 1
  int64_t calls;      // how many calls of the kinds there have been
};

enum { WRITE = 1, SYNC = 2, TRUNCATE = 4, READ = 8 };
enum { FILES = 3, MOST_FDS = 4096 };

static struct control *control;
static char database[1024];
static const char *const endings[FILES] = {"", "-wal", "-journal"};
/** 0: no file of the database; else its place in `endings`, from 1. */
static unsigned char file_of[MOST_FDS];

static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pread)(int, void *, size_t, off64_t);
static int (*real_fsync)(int);
static int (*real_ftruncate)(int, off64_t);
static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);

__attribute__((constructor)) static void begin(void) {
  real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
  real_write = dlsym(RTLD_NEXT, "write");
  real_pread = dlsym(RTLD_NEXT, "pread64");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
  real_open = dlsym(RTLD_NEXT, "open64");
  real_close = dlsym(RTLD_NEXT, "close");
  const char *path = getenv("FAILING_DISK");
  const char *files = getenv("FAILING_DISK_DATABASE");
  if (path == NULL || files == NULL) return;
  snprintf(database, sizeof database, "%s", files);
  int fd = real_open(path, O_RDWR);
  if (fd < 0) abort();
  control = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (control == MAP_FAILED) abort();
  real_close(fd);
}

static void copy(const char *from, const char *to) {
  int in = real_open(from, O_RDONLY);
  if (in < 0) return;
  int out = real_open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (out < 0) abort();
  char buffer[65536];
  off64_t at = 0;
  for (ssize_t got; (got = real_pread(in, buffer, sizeof buffer, at)) > 0; at += got) {
    if (real_pwrite(out, buffer, got, at) != got) abort();
  }
  real_close(in);
  real_close(out);
}

/** The files as they are now, and as they were when each was last synced: what kill -9 leaves, and what a power cut does. */
static void keep_image(int64_t call) {
  char from[1200], to[1200];
  for (int file = 0; file < FILES; file += 1) {
    snprintf(from, sizeof from, "%s%s", database, endings[file]);
    snprintf(to, sizeof to, "%s.%lld.killed%s", database, (long long)call, endings[file]);
    copy(from, to);
    snprintf(from, sizeof from, "%s.synced%s", database, endings[file]);
    snprintf(to, sizeof to, "%s.%lld.cut%s", database, (long long)call, endings[file]);
    copy(from, to);
  }
}

/** Whether the call is to fail; what else is to happen before it, happens. */
static int fails(int fd, int kind) {
  if (control == NULL || fd < 0 || fd >= MOST_FDS || file_of[fd] == 0 || (control->kinds & kind) == 0) return 0;
  int64_t call = __atomic_add_fetch(&control->calls, 1, __ATOMIC_SEQ_CST);
  if (control->action == 0 || call < control->from) return 0;
  if (control->action == 2) kill(getpid(), SIGKILL);
  if (control->action == 3) keep_image(call);
  if (control->action != 1) return 0;
  errno = control->error;
  return 1;
}

static int opened(const char *path, int fd) {
  size_t length = strlen(database);
  if (control == NULL || fd < 0 || fd >= MOST_FDS || length == 0) return fd;
  file_of[fd] = 0;
  if (strncmp(path, database, length) != 0) return fd;
  for (int file = 0; file < FILES; file += 1) {
    if (strcmp(path + length, endings[file]) == 0) file_of[fd] = file + 1;
  }
  return fd;
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  int mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, int) : 0;
  va_end(rest);
  return opened(path, real_open(path, flags, mode));
}

int close(int fd) {
  if (fd >= 0 && fd < MOST_FDS) file_of[fd] = 0;
  return real_close(fd);
}

ssize_t pwrite64(int fd, const void *buffer, size_t count, off64_t at) {
  return fails(fd, WRITE) ? -1 : real_pwrite(fd, buffer, count, at);
}

ssize_t write(int fd, const void *buffer, size_t count) {
  return fails(fd, WRITE) ? -1 : real_write(fd, buffer, count);
}

ssize_t pread64(int fd, void *buffer, size_t count, off64_t at) {
  return fails(fd, READ) ? -1 : real_pread(fd, buffer, count, at);
}

int ftruncate64(int fd, off64_t length) { return fails(fd, TRUNCATE) ? -1 : real_ftruncate(fd, length); }

int fsync(int fd) {
  if (fails(fd, SYNC)) return -1;
  int file = fd >= 0 && fd < MOST_FDS ? file_of[fd] : 0;
  if (control == NULL || file == 0) return real_fsync(fd);
  if (control->lies) return 0;
  int result = real_fsync(fd);
  if (result == 0 && control->action == 3) {
    char from[1200], to[1200];
    snprintf(from, sizeof from, "%s%s", database, endings[file - 1]);
    snprintf(to, sizeof to, "%s.synced%s", database, endings[file - 1]);
    copy(from, to);
  }
  return result;
}
