import CMPI

/// An MPI call that did not succeed.
struct MPIError: Error, CustomStringConvertible {
  let call: String
  let code: CInt

  /// Throws unless a call succeeded.
  package static func check(_ code: CInt, _ call: String) throws(MPIError) {
    if code != cmpi_success() { throw MPIError(call: call, code: code) }
  }

  /// MPI's own words for the code.
  var description: String {
    var text = [CChar](repeating: 0, count: Int(cmpi_max_error_string()) + 1)
    var length: CInt = 0
    MPI_Error_string(code, &text, &length)
    return "\(call): \(String(decoding: text.prefix(Int(length)).map(UInt8.init), as: UTF8.self))"
  }

  /// The failure of a run that was under way.
  var failure: Failure {
    Failure(.internal, "\(self); see the messages of mpirun above")
  }

  /// The failure of a start.
  var startFailure: Failure {
    Failure(.environment, "MPI cannot start: \(self); check its installation and settings")
  }
}
