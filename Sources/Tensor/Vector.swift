import CVector

/// Sixteen lanes: one AVX-512 register, two of AVX2.
typealias Vector = SIMD16<Float>
typealias VectorPointer = UnsafeMutablePointer<Vector>
/// As many lanes as a register has: kernels with many values at hand work on these.
typealias Register = cvector_register
typealias RegisterPointer = UnsafeMutablePointer<Register>
typealias ScalarPointer = UnsafeMutablePointer<Float>

/// The lanes of a vector; channel counts inside kernels are multiples of it.
public let vectorLanes = 16

extension MemoryView where Element == Float {
  /// The elements as vectors; the view starts on a vector boundary.
  ///
  /// Both types are plain lanes of the same floats and kernels reach the memory through one of them
  /// at a time, so the rebinding is sound.
  @inline(__always) var vectors: VectorPointer {
    UnsafeMutableRawPointer(base).assumingMemoryBound(to: Vector.self)
  }

  /// The elements as registers.
  @inline(__always) var registers: RegisterPointer {
    UnsafeMutableRawPointer(base).assumingMemoryBound(to: Register.self)
  }
}

@inline(__always) func scalars<Lanes>(_ pointer: UnsafeMutablePointer<Lanes>) -> ScalarPointer {
  UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Float.self)
}

@inline(__always) func vectors(_ pointer: ScalarPointer) -> VectorPointer {
  UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Vector.self)
}

/// A count rounded up to whole vectors.
///
/// - Parameter count: a number of elements.
/// - Returns: the smallest multiple of ``vectorLanes`` that is not below it.
public func roundedUpToVectors(_ count: Int) -> Int {
  (count + vectorLanes - 1) / vectorLanes * vectorLanes
}

/// Adds one view to another, element by element.
///
/// - Parameters:
///   - addend: what is added; a whole number of vectors on a vector boundary.
///   - sum: what is added to, of the same count.
public func add(_ addend: FloatView, to sum: FloatView) {
  precondition(sum.count == addend.count, "\(addend.count) elements added to \(sum.count)")
  precondition(sum.count % vectorLanes == 0, "\(sum.count) elements are not whole vectors")
  let a = sum.vectors
  let b = addend.vectors
  for index in 0..<sum.count / vectorLanes { a[index] = cvector_add(a[index], b[index]) }
}

/// Transposes a matrix.
///
/// - Parameters:
///   - matrix: [rows][columns].
///   - rows: its rows.
///   - columns: its columns.
///   - result: [columns][rows].
func transpose(_ matrix: ScalarPointer, rows: Int, columns: Int, into result: ScalarPointer) {
  for row in 0..<rows {
    for column in 0..<columns { result[column * rows + row] = matrix[row * columns + column] }
  }
}
