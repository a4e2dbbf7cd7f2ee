#pragma once
// What belongs to the process rather than to training: its CPU, its standard streams, its signals,
// and the moment in which MPI may end it.

#ifndef __x86_64__
#error "DistTrain's kernels are written for x86-64 with AVX2 or AVX-512; this is another architecture"
#endif

// Ends the process with 69 and a line where the CPU lacks an extension that the kernels were
// compiled for, or where they were compiled without fused multiply-add.
void cprocess_check_cpu(void);

// Opens /dev/null for each of the descriptors 0, 1 and 2 that is closed, so that no file or socket
// that is opened later takes its place; and ignores SIGPIPE and SIGXFSZ, so that a pipe that went
// away and a file that would be too large are errors of a write.
void cprocess_prepare_streams(void);
// Whether standard output was closed when the streams were prepared.
int cprocess_was_output_closed(void);
// Writes bytes to standard error as far as it takes them within a second; never fails.
void cprocess_write_error(const char *bytes, unsigned long count);
// Likewise to standard output, as far as it takes them within some milliseconds.
void cprocess_write_output(const char *bytes, unsigned long count, int milliseconds);
// The columns of a terminal; 0 where it does not know them, or the descriptor is of none.
int cprocess_terminal_columns(int descriptor);

// Handles the signals that ask for a stop after a checkpoint: SIGINT, SIGTERM and SIGHUP unless
// they are ignored, SIGUSR1 and SIGUSR2. A second SIGINT or SIGTERM, two seconds or more after the
// first request, ends the process.
void cprocess_catch_stop_signals(void);
// Whether such a signal has come.
int cprocess_is_stop_requested(void);

// Brackets the start of MPI, which ends the process by itself where it cannot start: between the
// two calls such an end says one line of ours, in place of MPI's page, and has the exit code given.
void cprocess_begin_start(int exit_code);
void cprocess_end_start(void);
