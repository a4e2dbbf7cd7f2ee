import CVector

/// The operands of `C (+)= A·B` with a two-level inner dimension, as in a convolution whose inner
/// sum runs over the pixels of a row and over rows.
///
/// A is read one scalar at a time: element (row, step, outer) is
/// `a[row·aRow + step·aStep + outer·aOuter]`. B is read in vectors: `b[step·bStep + outer·bOuter]`
/// and the ones after it. C is `c[row·cRow]` and the ones after it, in vectors.
struct MatrixProduct {
  var a: ScalarPointer
  var aRow: Int
  var aStep: Int
  var aOuter = 0
  var b: VectorPointer
  var bStep: Int
  var bOuter = 0
  var c: VectorPointer
  var cRow: Int
  var steps: Int
  var outers = 1
  /// Whether the product is added to what C holds.
  var accumulates: Bool
}

/// The one inner loop of all convolutions.
///
/// A block of rows × columns vectors of C stays in registers while the inner dimension is walked.
/// Each element of C is one chain of fused multiply-adds in the order of (outer, step), whatever the
/// block, so blockings never change a bit.
struct MicroKernel<let rows: Int, let columns: Int> {
  @inline(__always) static func run(_ p: MatrixProduct, row: Int, column: Int) {
    let c = p.c + row * p.cRow + column
    var sums = InlineArray<rows, InlineArray<columns, Vector>> { i in
      InlineArray<columns, Vector> { j in p.accumulates ? c[i * p.cRow + j] : Vector() }
    }
    var aOuter = p.a + row * p.aRow
    var bOuter = p.b + column
    var outers = p.outers
    repeat {
      var a = aOuter
      var b = bOuter
      var steps = p.steps
      repeat {
        for i in 0..<rows {
          let x = Vector(repeating: a[i * p.aRow])
          for j in 0..<columns { sums[i][j] = cvector_fma(x, b[j], sums[i][j]) }
        }
        a += p.aStep
        b += p.bStep
        steps -= 1
      } while steps > 0
      aOuter += p.aOuter
      bOuter += p.bOuter
      outers -= 1
    } while outers > 0
    for i in 0..<rows { for j in 0..<columns { c[i * p.cRow + j] = sums[i][j] } }
  }

  /// Computes as many whole blocks of rows as fit, from `row` on.
  @inline(__always) static func blocks(
    _ p: MatrixProduct, row: inout Int, of count: Int, column: Int
  ) {
    while count - row >= rows {
      run(p, row: row, column: column)
      row += rows
    }
  }
}

extension MatrixProduct {
  /// Whether one block spans all column vectors of C, which may then lie where A does.
  static func blockSpans(columns: Int) -> Bool {
    columns == 1 || cvector_has_wide_registers() && (columns == 2 || columns == 4)
  }

  /// Computes C for any number of rows and of column vectors, compiled for the numbers of the shape
  /// where they are constants.
  ///
  /// - Parameters:
  ///   - rows: of C.
  ///   - columns: vectors of C's rows.
  ///   - shape: the convolution's.
  ///   - meanwhile: called in each of ``pauses(rows:columns:of:)``.
  @inline(always) func compute<Shape: KernelShape>(
    rows: Int, columns: Int, of shape: Shape, meanwhile: () -> Void
  ) {
    if Shape.isCompiled {
      computeBlocks(rows: rows, columns: columns, meanwhile)
    } else {
      meanwhile()
      compute(rows: rows, columns: columns)
    }
  }

  /// How many pauses there are between blocks, in which something small may be done; none if rows are
  /// few.
  @inline(always) static func pauses<Shape: KernelShape>(
    rows: Int, columns: Int, of shape: Shape
  ) -> Int {
    let hasMany = Shape.isCompiled && !cvector_has_wide_registers()
    return hasMany ? rows / 16 * columns : 1
  }

  /// Computes C for any number of rows and of column vectors.
  @inline(never) func compute(rows: Int, columns: Int) {
    computeBlocks(rows: rows, columns: columns) {}
  }

  /// Computes C with the blocks that fit best.
  @inline(always) private func computeBlocks(
    rows: Int, columns: Int, _ meanwhile: () -> Void
  ) {
    if cvector_has_wide_registers() {
      meanwhile()
      computeWide(rows: rows, columns: columns)
    } else {
      computeNarrow(rows: rows, columns: columns, meanwhile)
    }
  }

  /// Computes C with blocks for 16 registers of 8 lanes, of which 6 rows of a vector take 12.
  ///
  /// Sixteen rows are 6, 5 and 5, since smaller blocks wait for their sums.
  @inline(always) private func computeNarrow(
    rows: Int, columns: Int, _ meanwhile: () -> Void
  ) {
    var column = 0
    while column < columns {
      var row = 0
      while rows - row >= 16 {
        meanwhile()
        MicroKernel<6, 1>.run(self, row: row, column: column)
        MicroKernel<5, 1>.run(self, row: row + 6, column: column)
        MicroKernel<5, 1>.run(self, row: row + 11, column: column)
        row += 16
      }
      MicroKernel<4, 1>.blocks(self, row: &row, of: rows, column: column)
      MicroKernel<1, 1>.blocks(self, row: &row, of: rows, column: column)
      column += 1
    }
  }

  /// Computes C with blocks for 32 registers of 16 lanes, of which the sums take 16.
  @inline(always) private func computeWide(rows: Int, columns: Int) {
    var column = 0
    while columns - column >= 4 {
      var row = 0
      MicroKernel<4, 4>.blocks(self, row: &row, of: rows, column: column)
      MicroKernel<1, 4>.blocks(self, row: &row, of: rows, column: column)
      column += 4
    }
    if columns - column >= 2 {
      var row = 0
      MicroKernel<8, 2>.blocks(self, row: &row, of: rows, column: column)
      MicroKernel<4, 2>.blocks(self, row: &row, of: rows, column: column)
      MicroKernel<1, 2>.blocks(self, row: &row, of: rows, column: column)
      column += 2
    }
    if columns > column {
      var row = 0
      MicroKernel<16, 1>.blocks(self, row: &row, of: rows, column: column)
      MicroKernel<9, 1>.blocks(self, row: &row, of: rows, column: column)
      MicroKernel<8, 1>.blocks(self, row: &row, of: rows, column: column)
      MicroKernel<4, 1>.blocks(self, row: &row, of: rows, column: column)
      MicroKernel<1, 1>.blocks(self, row: &row, of: rows, column: column)
    }
  }
}
