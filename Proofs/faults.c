// Preloaded into a program, numbers its calls of some functions that change files below a folder, and
// lets one of them fail. By variables:
//   SHIM_BELOW=path      the folder
//   FAULTS_CALLS=path    receives a line for each call: its name, file and result
//   FAULTS_CALL=name     which calls fail
//   FAULTS_AT=number     the how-manieth of them, from 1
//   FAULTS_ERROR=errno   with what; 0: a write of half of its bytes
// A call that fails has done nothing, but for close, which closes in Linux whatever it returns.
#define _GNU_SOURCE
#include "below.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { DONE, FAILS, IS_SHORT };

static void note(const char *call, const char *path, const char *result) {
  char line[4400];
  int before = errno;
  int length = snprintf(line, sizeof line, "%s\t%s\t%s\n", call, path, result);
  int file = (int)syscall(SYS_openat, AT_FDCWD, getenv("FAULTS_CALLS"), O_WRONLY | O_APPEND | O_CREAT, 0666);
  syscall(SYS_write, file, line, length);
  syscall(SYS_close, file);
  errno = before;
}

// What becomes of this call; errno is set where it fails.
static int fate(const char *call, const char *path) {
  static int count;
  const char *chosen = getenv("FAULTS_CALL");
  if (!chosen || strcmp(chosen, call) != 0 || ++count != atoi(getenv("FAULTS_AT"))) {
    note(call, path, "done");
    return DONE;
  }
  int error = atoi(getenv("FAULTS_ERROR"));
  note(call, path, error ? "failed" : "short");
  if (!error) return IS_SHORT;
  errno = error;
  return FAILS;
}

static int fails(const char *call, int file) {
  char path[4096];
  return find_path(file, path) && fate(call, path) == FAILS;
}

int open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  int mode = flags & O_CREAT ? va_arg(arguments, int) : 0;
  va_end(arguments);
  int changes = (flags & O_ACCMODE) != O_RDONLY;
  if (changes && is_below(path) && fate("open", path) == FAILS) return -1;
  return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int close(int file) {
  int failed = fails("close", file);
  int result = (int)syscall(SYS_close, file);
  if (!failed) return result;
  errno = atoi(getenv("FAULTS_ERROR"));
  return -1;
}

ssize_t write(int file, const void *bytes, size_t count) {
  char path[4096];
  int fate_of_it = find_path(file, path) ? fate("write", path) : DONE;
  if (fate_of_it == FAILS) return -1;
  return syscall(SYS_write, file, bytes, fate_of_it == IS_SHORT ? (count + 1) / 2 : count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
  char path[4096];
  int fate_of_it = find_path(file, path) ? fate("pwrite", path) : DONE;
  if (fate_of_it == FAILS) return -1;
  return syscall(SYS_pwrite64, file, bytes, fate_of_it == IS_SHORT ? (count + 1) / 2 : count, offset);
}

int fsync(int file) { return fails("fsync", file) ? -1 : (int)syscall(SYS_fsync, file); }

int flock(int file, int operation) {
  return fails("flock", file) ? -1 : (int)syscall(SYS_flock, file, operation);
}

int ftruncate(int file, off_t length) {
  return fails("ftruncate", file) ? -1 : (int)syscall(SYS_ftruncate, file, length);
}

int rename(const char *from, const char *to) {
  if (is_below(to) && fate("rename", to) == FAILS) return -1;
  return (int)syscall(SYS_rename, from, to);
}
