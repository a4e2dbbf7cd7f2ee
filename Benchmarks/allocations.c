// Counts the heap allocations of a training step: the program's own, MPI's, and other threads'.
//
//   clang -shared -fPIC -O2 $(pkg-config --cflags ompi-c) -o allocations.so Benchmarks/allocations.c
//   mpirun -np 2 -x LD_PRELOAD=$PWD/allocations.so .build/release/disttrain bench step
//
// `disttrain bench step` finds disttrain_allocation_counts and reports what its measured steps
// allocated. With DISTTRAIN_ALLOCATION_TRACE=N the call stacks of the first N own allocations between
// the first and the second reading of the counters go to standard error; `addr2line -Cfe PROGRAM OFFSET` and
// `swift demangle` name their functions.
#define _GNU_SOURCE
#include <errno.h>
#include <execinfo.h>
#include <mpi.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

enum { OWN, INSIDE_MPI, OTHER_THREADS, KINDS };

static atomic_uint_fast64_t counts[KINDS];
static _Thread_local int mpi_depth;
static _Thread_local int is_tracing;
// 0 on a thread not asked yet, 1 on the main thread, 2 on another.
static _Thread_local int thread_kind;
// Call stacks still to print.
static atomic_int traces;

static void print_stack(void) {
  if (is_tracing || atomic_load(&traces) <= 0) return;
  is_tracing = 1;
  atomic_fetch_sub(&traces, 1);
  void *frames[24];
  int depth = backtrace(frames, 24);
  backtrace_symbols_fd(frames, depth, STDERR_FILENO);
  ssize_t written = write(STDERR_FILENO, "\n", 1);
  (void)written;
  is_tracing = 0;
}

static void count(void) {
  if (is_tracing) return;
  if (thread_kind == 0) thread_kind = gettid() == getpid() ? 1 : 2;
  int kind = thread_kind == 2 ? OTHER_THREADS : mpi_depth > 0 ? INSIDE_MPI : OWN;
  atomic_fetch_add_explicit(&counts[kind], 1, memory_order_relaxed);
  if (kind == OWN) print_stack();
}

// Reads how often memory was allocated so far: by the main thread outside MPI, by it inside MPI, and
// by other threads (which are MPI's).
void disttrain_allocation_counts(uint64_t result[KINDS]) {
  static int readings;
  for (int kind = 0; kind < KINDS; ++kind) result[kind] = atomic_load(&counts[kind]);
  const char *text = getenv("DISTTRAIN_ALLOCATION_TRACE");
  atomic_store(&traces, 0);
  if (++readings > 1 || !text) return;
  // The first backtrace loads a library, which allocates.
  void *frame;
  is_tracing = 1;
  backtrace(&frame, 1);
  is_tracing = 0;
  atomic_store(&traces, atoi(text));
}

void *malloc(size_t size) {
  count();
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  count();
  return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
  count();
  return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
  void *result = memalign(alignment, size);
  if (!result) return ENOMEM;
  *memory = result;
  return 0;
}

// The MPI functions that a step calls, each passed on with the depth raised.
#define INSIDE(call)     \
  ({                     \
    ++mpi_depth;         \
    int code = (call);   \
    --mpi_depth;         \
    code;                \
  })

int MPI_Isend(const void *buffer, int number, MPI_Datatype type, int peer, int tag, MPI_Comm comm,
              MPI_Request *request) {
  return INSIDE(PMPI_Isend(buffer, number, type, peer, tag, comm, request));
}

int MPI_Irecv(void *buffer, int number, MPI_Datatype type, int peer, int tag, MPI_Comm comm,
              MPI_Request *request) {
  return INSIDE(PMPI_Irecv(buffer, number, type, peer, tag, comm, request));
}

int MPI_Test(MPI_Request *request, int *flag, MPI_Status *status) {
  return INSIDE(PMPI_Test(request, flag, status));
}

int MPI_Testall(int number, MPI_Request requests[], int *flag, MPI_Status statuses[]) {
  return INSIDE(PMPI_Testall(number, requests, flag, statuses));
}

int MPI_Get_count(const MPI_Status *status, MPI_Datatype type, int *number) {
  return INSIDE(PMPI_Get_count(status, type, number));
}

int MPI_Waitall(int number, MPI_Request requests[], MPI_Status statuses[]) {
  return INSIDE(PMPI_Waitall(number, requests, statuses));
}

int MPI_Iprobe(int peer, int tag, MPI_Comm comm, int *flag, MPI_Status *status) {
  return INSIDE(PMPI_Iprobe(peer, tag, comm, flag, status));
}

int MPI_Barrier(MPI_Comm comm) { return INSIDE(PMPI_Barrier(comm)); }

int MPI_Win_sync(MPI_Win window) { return INSIDE(PMPI_Win_sync(window)); }
