// terminal COLUMNS TEXT COLUMNS COMMAND...: runs a command in a pseudo-terminal and copies what it shows
// to standard output. When the text has been shown, the terminal gets the second number of columns, and
// the copy a line "<resized>"; an empty text never is. Ends with the command's exit code.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static char shown[1 << 22];

static void set_columns(int terminal, const char *columns) {
  struct winsize size = {.ws_row = 24, .ws_col = (unsigned short)atoi(columns)};
  ioctl(terminal, TIOCSWINSZ, &size);
}

int main(int count, char **arguments) {
  if (count < 5) return 64;
  int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  grantpt(terminal);
  unlockpt(terminal);
  set_columns(terminal, arguments[1]);
  pid_t command = fork();
  if (command == 0) {
    setsid();
    int end = open(ptsname(terminal), O_RDWR);
    ioctl(end, TIOCSCTTY, 0);
    for (int stream = 0; stream <= 2; ++stream) dup2(end, stream);
    if (end > 2) close(end);
    close(terminal);
    execvp(arguments[4], arguments + 4);
    _exit(127);
  }
  int is_resized = !*arguments[2];
  size_t length = 0;
  ssize_t got;
  // Reading fails once the last process has closed its end.
  while ((got = read(terminal, shown + length, sizeof shown - 1 - length)) > 0) {
    fwrite(shown + length, 1, (size_t)got, stdout);
    length += (size_t)got;
    if (!is_resized && strstr(shown, arguments[2])) {
      is_resized = 1;
      set_columns(terminal, arguments[3]);
      fputs("\n<resized>\n", stdout);
    }
    fflush(stdout);
  }
  int status;
  waitpid(command, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
