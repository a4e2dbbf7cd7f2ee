#pragma once
// Linux's files in memory, which glibc declares to GNU programs only.
#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/syscall.h>
#include <unistd.h>

// Makes a file without a name that lives as long as a process has it open or mapped.
static inline int cmemory_create(const char *name) {
  return (int)syscall(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

// F_ADD_SEALS, F_SEAL_SHRINK, F_SEAL_GROW and F_SEAL_WRITE of linux/fcntl.h, which cannot be included
// beside fcntl.h.
static inline int cmemory_seal_size(int file) { return fcntl(file, 1024 + 9, 2 | 4); }
static inline int cmemory_seal_content(int file) { return fcntl(file, 1024 + 9, 8); }
