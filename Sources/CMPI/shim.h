#pragma once
// MPI's constants are C macros, and some of its types opaque, so Swift reaches them through static
// inline functions.
#include <mpi.h>

static inline MPI_Comm cmpi_comm_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Datatype cmpi_byte(void) { return MPI_BYTE; }
static inline MPI_Request cmpi_request_null(void) { return MPI_REQUEST_NULL; }
static inline int cmpi_success(void) { return MPI_SUCCESS; }
static inline int cmpi_err_truncate(void) { return MPI_ERR_TRUNCATE; }
static inline int cmpi_err_in_status(void) { return MPI_ERR_IN_STATUS; }
static inline int cmpi_max_error_string(void) { return MPI_MAX_ERROR_STRING; }
static inline int cmpi_max_processor_name(void) { return MPI_MAX_PROCESSOR_NAME; }

// One thread at a time calls MPI.
static inline int cmpi_init(int *provided) {
  return MPI_Init_thread(0, 0, MPI_THREAD_SERIALIZED, provided);
}
static inline int cmpi_return_errors(void) {
  return MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
}

// What a finished request says of itself.
static inline int cmpi_status_error(const MPI_Status *status) { return status->MPI_ERROR; }

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
