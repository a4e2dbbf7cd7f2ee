// Open MPI ends the process with _exit or abort where it cannot start, with a code of its own and a
// page of text, whatever error handler is asked for. Both are caught here while it starts.
#define _GNU_SOURCE
#include "CProcess.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

// The process that starts MPI, rather than one that it forks; 0 at other times.
static pid_t starting;
static int failure_code;
static int standard_error = -1;
static int page = -1;
static char page_text[16384];

static void restore_standard_error(void) {
  if (page < 0) return;
  dup2(standard_error, STDERR_FILENO);
  close(standard_error);
}

static long read_page(void) {
  long count = page < 0 ? 0 : pread(page, page_text, sizeof page_text - 1, 0);
  page_text[count > 0 ? count : 0] = 0;
  return count > 0 ? count : 0;
}

// The last reason that the page quotes, such as --> Returned "Not found" (-13).
static const char *quoted_reason(void) {
  const char *mark = "--> Returned \"";
  char *reason = NULL;
  read_page();
  for (char *next = page_text; (next = strstr(next, mark)); ) reason = next += strlen(mark);
  char *end = reason ? strchr(reason, '"') : NULL;
  if (!end) return "it ended the process";
  *end = 0;
  return reason;
}

static void fail_start(void) {
  char line[1024];
  starting = 0;
  restore_standard_error();
  int count = snprintf(
      line, sizeof line,
      "disttrain: MPI cannot start: %.400s; check that its programs are on PATH and its settings "
      "(OMPI_MCA_..., OPAL_...) are right, or start with its mpirun\n",
      quoted_reason());
  cprocess_write_error(line, (unsigned long)count);
  syscall(SYS_exit_group, failure_code);
}

// Takes the place of the C library's, for the libraries of this process too.
void _exit(int code) {
  if (starting == getpid()) fail_start();
  for (;;) syscall(SYS_exit_group, code);
}

static void end_at_abort(int number) {
  if (starting == getpid()) fail_start();
  signal(number, SIG_DFL);
  raise(number);
}

void cprocess_begin_start(int exit_code) {
  failure_code = exit_code;
  page = memfd_create("start", MFD_CLOEXEC);
  if (page >= 0) {
    standard_error = dup(STDERR_FILENO);
    dup2(page, STDERR_FILENO);
  }
  signal(SIGABRT, end_at_abort);
  starting = getpid();
}

void cprocess_end_start(void) {
  starting = 0;
  signal(SIGABRT, SIG_DFL);
  restore_standard_error();
  cprocess_write_error(page_text, (unsigned long)read_page());
  if (page >= 0) close(page);
  page = -1;
}
