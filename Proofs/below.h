// What the preloaded libraries of this folder change or note: files below a folder, which the variable
// SHIM_BELOW names.
#pragma once
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_below(const char *path) {
  const char *folder = getenv("SHIM_BELOW");
  return folder && strncmp(path, folder, strlen(folder)) == 0;
}

// Finds the path of an open file: whether it is below the folder.
static int find_path(int file, char path[4096]) {
  char link[64];
  int before = errno;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t count = readlink(link, path, 4095);
  errno = before;
  if (count < 0) return 0;
  path[count] = 0;
  return is_below(path);
}
