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
