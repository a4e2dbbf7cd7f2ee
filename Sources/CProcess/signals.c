#include "CProcess.h"
#include <signal.h>
#include <stddef.h>
#include <time.h>

static volatile sig_atomic_t is_stop_requested;
static struct timespec first_request;

static void request_stop(int number) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (!is_stop_requested) {
    first_request = now;
    is_stop_requested = 1;
    return;
  }
  // A launcher that passes on a terminal's Ctrl-C sends a second signal at once; a person does not.
  double waited = (double)(now.tv_sec - first_request.tv_sec) +
                  1e-9 * (double)(now.tv_nsec - first_request.tv_nsec);
  if ((number == SIGINT || number == SIGTERM) && waited >= 2) {
    signal(number, SIG_DFL);
    raise(number);
  }
}

void cprocess_catch_stop_signals(void) {
  const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
  for (size_t index = 0; index < sizeof numbers / sizeof *numbers; ++index) {
    int number = numbers[index];
    struct sigaction before;
    sigaction(number, NULL, &before);
    int may_stay_ignored = number != SIGUSR1 && number != SIGUSR2;
    if (may_stay_ignored && before.sa_handler == SIG_IGN) continue;
    struct sigaction action = {.sa_handler = request_stop, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    sigaction(number, &action, NULL);
  }
}

int cprocess_is_stop_requested(void) { return is_stop_requested; }
