#pragma once
// What the ranks need of MPI, as static inline functions over integers and types of this header.
//
// MPI's handles are pointers in one implementation and integers in another, and its constants are
// macros; none of them leaves this file, so Swift compiles against any MPI.
#include <mpi.h>

// A message on its way, and what a finished one says of itself. Each has the size of MPI's own, so
// arrays of them are arrays of MPI's.
typedef struct {
  MPI_Request handle;
} cmpi_request;
typedef struct {
  MPI_Status status;
} cmpi_status;

static inline int cmpi_success(void) { return MPI_SUCCESS; }
static inline int cmpi_err_truncate(void) { return MPI_ERR_TRUNCATE; }
static inline int cmpi_err_in_status(void) { return MPI_ERR_IN_STATUS; }
static inline int cmpi_max_error_string(void) { return MPI_MAX_ERROR_STRING; }
static inline int cmpi_max_processor_name(void) { return MPI_MAX_PROCESSOR_NAME; }

// What the library says of itself, also before it is started; the length without the end, or -1.
static inline int cmpi_max_library_version(void) { return MPI_MAX_LIBRARY_VERSION_STRING; }
static inline int cmpi_library_version(char *text) {
  int length = 0;
  return MPI_Get_library_version(text, &length) == MPI_SUCCESS ? length : -1;
}

// Starts MPI for callers of which one at a time calls it, from whatever thread, and lets errors
// return. Says whether MPI grants that.
static inline int cmpi_init(int *granted) {
  int provided = MPI_THREAD_SINGLE;
  int code = MPI_Init_thread(0, 0, MPI_THREAD_SERIALIZED, &provided);
  if (code != MPI_SUCCESS) return code;
  *granted = provided >= MPI_THREAD_SERIALIZED;
  return MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
}
static inline int cmpi_finalize(void) { return MPI_Finalize(); }
static inline void cmpi_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }
static inline int cmpi_size(int *size) { return MPI_Comm_size(MPI_COMM_WORLD, size); }
static inline int cmpi_rank(int *rank) { return MPI_Comm_rank(MPI_COMM_WORLD, rank); }

// The largest tag that a message may have; the standard promises 32,767.
static inline int cmpi_largest_tag(int *tag) {
  int *value = 0;
  int flag = 0;
  int code = MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_TAG_UB, &value, &flag);
  *tag = code == MPI_SUCCESS && flag ? *value : 0;
  return code;
}

static inline int cmpi_send(const void *bytes, int count, int peer, int tag, cmpi_request *request) {
  return MPI_Isend(bytes, count, MPI_BYTE, peer, tag, MPI_COMM_WORLD, &request->handle);
}
static inline int cmpi_receive(void *bytes, int count, int peer, int tag, cmpi_request *request) {
  return MPI_Irecv(bytes, count, MPI_BYTE, peer, tag, MPI_COMM_WORLD, &request->handle);
}
static inline int cmpi_test_all(int count, cmpi_request *requests, int *flag, cmpi_status *statuses) {
  return MPI_Testall(count, &requests->handle, flag, &statuses->status);
}
// Whether one message is complete, which stays to be found by cmpi_test_all.
static inline int cmpi_peek(const cmpi_request *request, int *flag) {
  return MPI_Request_get_status(request->handle, flag, MPI_STATUS_IGNORE);
}
// Takes a message of a tag from whichever rank has sent one, if one is there.
static inline int cmpi_take(void *bytes, int count, int tag, int *flag, int *peer) {
  MPI_Status status;
  int code = MPI_Iprobe(MPI_ANY_SOURCE, tag, MPI_COMM_WORLD, flag, &status);
  if (code != MPI_SUCCESS || !*flag) return code;
  *peer = status.MPI_SOURCE;
  return MPI_Recv(bytes, count, MPI_BYTE, *peer, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}
static inline int cmpi_received_bytes(const cmpi_status *status) {
  int count = 0;
  return MPI_Get_count(&status->status, MPI_BYTE, &count) == MPI_SUCCESS ? count : -1;
}
static inline int cmpi_status_error(const cmpi_status *status) { return status->status.MPI_ERROR; }

// The lowest rank of all that can share memory with this one.
static inline int cmpi_first_rank_of_host(int rank, int *first) {
  MPI_Comm host;
  int code = MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &host);
  if (code != MPI_SUCCESS) return code;
  code = MPI_Allreduce(&rank, first, 1, MPI_INT, MPI_MIN, host);
  MPI_Comm_free(&host);
  return code;
}
static inline int cmpi_all_gather_int(int mine, int *all) {
  return MPI_Allgather(&mine, 1, MPI_INT, all, 1, MPI_INT, MPI_COMM_WORLD);
}
