#pragma once
// What Linux has and glibc declares to GNU programs or with variable arguments only.
#include <fcntl.h>
#include <linux/memfd.h>
#include <linux/prctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// Makes a file without a name that lives as long as a process has it open or mapped.
static inline int clinux_create_memory(const char *name) {
  return (int)syscall(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

// F_ADD_SEALS, F_SEAL_SHRINK, F_SEAL_GROW and F_SEAL_WRITE of linux/fcntl.h, which cannot be included
// beside fcntl.h.
static inline int clinux_seal_size(int file) { return fcntl(file, 1024 + 9, 2 | 4); }
static inline int clinux_seal_content(int file) { return fcntl(file, 1024 + 9, 8); }

// Lets this thread's sleeps last as long as they are asked to; by default they last 50 µs longer.
static inline void clinux_sleep_precisely(void) { prctl(PR_SET_TIMERSLACK, 1000UL, 0, 0, 0); }

// How often this thread lost its core to another one while it had work; RUSAGE_THREAD is 1.
static inline long clinux_preemptions(void) {
  struct rusage usage = {0};
  getrusage((enum __rusage_who)1, &usage);
  return usage.ru_nivcsw;
}
