// Preloaded into a program, records in their order its calls that change what is below a folder, each
// once it has been done. By variables:
//   SHIM_BELOW=path        the folder
//   POWERLOSS_TRACE=path   receives for each call a line of process, name, path, new path, offset and
//                          count, with tabs between them, and that many bytes
// Calls that are not known here show when the trace is replayed: it then leads to another folder.
#define _GNU_SOURCE
#include "below.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// Calls that are noted are done one after another, so that the trace has their order. Others are not
// held up: a handler of signals may make one at any moment.
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

static void note(const char *call, const char *path, const char *to, off_t offset, const void *bytes,
                 size_t count) {
  char line[9000];
  int before = errno;
  int length = snprintf(line, sizeof line, "%d\t%s\t%s\t%s\t%lld\t%zu\n", getpid(), call, path, to,
                        (long long)offset, count);
  struct iovec parts[] = {{line, length}, {(void *)bytes, bytes ? count : 0}};
  int trace = (int)syscall(SYS_openat, AT_FDCWD, getenv("POWERLOSS_TRACE"),
                           O_WRONLY | O_APPEND | O_CREAT, 0666);
  if (syscall(SYS_writev, trace, parts, 2) != (ssize_t)(length + parts[1].iov_len)) abort();
  syscall(SYS_close, trace);
  errno = before;
}

// Begins a call that names a path: whether it is to be noted.
static int begin(const char *path) {
  int is_noted = is_below(path);
  if (is_noted) pthread_mutex_lock(&order);
  return is_noted;
}

// Begins a call on an open file, of which it finds the path: whether it is to be noted.
static int begin_file(int file, char path[4096]) {
  int is_noted = find_path(file, path);
  if (is_noted) pthread_mutex_lock(&order);
  return is_noted;
}

// Ends a call that began, and notes it where it was done.
static int noted(int is_noted, int result, const char *call, const char *path, const char *to) {
  if (!is_noted) return result;
  if (result >= 0) note(call, path, to, 0, NULL, 0);
  pthread_mutex_unlock(&order);
  return result;
}

static ssize_t noted_file(int is_noted, ssize_t result, const char *call, const char *path, off_t offset,
                          const void *bytes) {
  if (!is_noted) return result;
  if (result >= 0) note(call, path, "", offset, bytes, result);
  pthread_mutex_unlock(&order);
  return result;
}

int open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  int mode = flags & O_CREAT ? va_arg(arguments, int) : 0;
  va_end(arguments);
  int is_noted = begin(path);
  int file = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  if (!is_noted) return file;
  if (file >= 0 && flags & O_CREAT) note("create", path, "", 0, NULL, 0);
  if (file >= 0 && flags & O_TRUNC) note("truncate", path, "", 0, NULL, 0);
  pthread_mutex_unlock(&order);
  return file;
}

ssize_t write(int file, const void *bytes, size_t count) {
  char path[4096];
  int is_noted = begin_file(file, path);
  ssize_t result = syscall(SYS_write, file, bytes, count);
  // Also where writes append, the file's position is then their end.
  off_t end = is_noted && result >= 0 ? lseek(file, 0, SEEK_CUR) : 0;
  return noted_file(is_noted, result, "write", path, end - result, bytes);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
  char path[4096];
  int is_noted = begin_file(file, path);
  return noted_file(is_noted, syscall(SYS_pwrite64, file, bytes, count, offset), "write", path, offset, bytes);
}

int ftruncate(int file, off_t length) {
  char path[4096];
  int is_noted = begin_file(file, path);
  return (int)noted_file(is_noted, syscall(SYS_ftruncate, file, length), "truncate", path, length, NULL);
}

int fsync(int file) {
  char path[4096];
  int is_noted = begin_file(file, path);
  return (int)noted_file(is_noted, syscall(SYS_fsync, file), "synchronize", path, 0, NULL);
}

int fdatasync(int file) {
  char path[4096];
  int is_noted = begin_file(file, path);
  return (int)noted_file(is_noted, syscall(SYS_fdatasync, file), "synchronize", path, 0, NULL);
}

int rename(const char *from, const char *to) {
  int is_noted = begin(from);
  return noted(is_noted, (int)syscall(SYS_rename, from, to), "rename", from, to);
}

int link(const char *from, const char *to) {
  int is_noted = begin(from);
  return noted(is_noted, (int)syscall(SYS_link, from, to), "link", from, to);
}

int unlink(const char *path) {
  int is_noted = begin(path);
  return noted(is_noted, (int)syscall(SYS_unlink, path), "unlink", path, "");
}

int mkdir(const char *path, mode_t mode) {
  int is_noted = begin(path);
  return noted(is_noted, (int)syscall(SYS_mkdir, path, mode), "mkdir", path, "");
}

int rmdir(const char *path) {
  int is_noted = begin(path);
  return noted(is_noted, (int)syscall(SYS_rmdir, path), "rmdir", path, "");
}

void *mmap(void *address, size_t length, int protection, int flags, int file, off_t offset) {
  char path[4096];
  // Notes what cannot be replayed; it is taken for a fault of the trace.
  if (flags & MAP_SHARED && protection & PROT_WRITE && file >= 0 && find_path(file, path))
    note("mmap", path, "", offset, NULL, 0);
  return (void *)syscall(SYS_mmap, address, length, protection, flags, file, offset);
}
