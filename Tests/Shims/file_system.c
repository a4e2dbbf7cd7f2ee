// Preloaded into a program, gives it a file system that is slow or lacks something. By variables:
//   SLOW_SYNC=seconds   an fsync of a file whose path holds SLOW_SYNC_PATH takes that long
//   NO_LOCK=errno       flock fails
//   NO_FOLDER_SYNC=errno  fsync of a folder fails
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int number(const char *variable) {
  const char *value = getenv(variable);
  return value ? atoi(value) : 0;
}

static int path_holds(int file, const char *part) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t count = readlink(link, path, sizeof path - 1);
  if (count < 0) return 0;
  path[count] = 0;
  return strstr(path, part) != NULL;
}

int fsync(int file) {
  struct stat status;
  int error = number("NO_FOLDER_SYNC");
  if (error && fstat(file, &status) == 0 && S_ISDIR(status.st_mode)) {
    errno = error;
    return -1;
  }
  const char *part = getenv("SLOW_SYNC_PATH");
  if (part && path_holds(file, part)) sleep((unsigned)number("SLOW_SYNC"));
  return (int)syscall(SYS_fsync, file);
}

int flock(int file, int operation) {
  int error = number("NO_LOCK");
  if (!error) return (int)syscall(SYS_flock, file, operation);
  errno = error;
  return -1;
}
