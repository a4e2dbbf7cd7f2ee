#include "CProcess.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int was_output_closed;

void cprocess_prepare_streams(void) {
  for (int stream = 0; stream <= 2; ++stream) {
    if (fcntl(stream, F_GETFD) != -1 || errno != EBADF) continue;
    if (stream == STDOUT_FILENO) was_output_closed = 1;
    // The lowest free descriptor is this one.
    open("/dev/null", stream == STDIN_FILENO ? O_RDONLY : O_WRONLY);
  }
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

int cprocess_was_output_closed(void) { return was_output_closed; }

static void write_patiently(int stream, const char *bytes, unsigned long count, int milliseconds) {
  while (count > 0) {
    // A reader that hangs, such as a launcher, must not hang this process.
    struct pollfd ready = {.fd = stream, .events = POLLOUT};
    int found = poll(&ready, 1, milliseconds);
    if (found < 0 && errno == EINTR) continue;
    if (found <= 0) return;
    ssize_t written = write(stream, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes += written;
    count -= (unsigned long)written;
  }
}

void cprocess_write_error(const char *bytes, unsigned long count) {
  write_patiently(STDERR_FILENO, bytes, count, 1000);
}

void cprocess_write_output(const char *bytes, unsigned long count, int milliseconds) {
  write_patiently(STDOUT_FILENO, bytes, count, milliseconds);
}

int cprocess_terminal_columns(int descriptor) {
  struct winsize size;
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
