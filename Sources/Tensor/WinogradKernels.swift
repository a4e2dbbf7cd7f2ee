/// The transforms and products of a Winograd convolution.
struct WinogradKernels {
  let geometry: ConvolutionGeometry

  private var columns: Int { geometry.outputChannels / vectorLanes }

  @inline(__always) private func imageTransforms(_ shape: KernelShape) -> WinogradImage {
    WinogradImage(side: shape.side, columns: shape.columns)
  }

  @inline(never) func transformInput(
    _ padded: VectorPointer, tileRows: Range<Int>, into tiles: WinogradTiles, at tile: Int
  ) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.inputTransforms, entered: entry) }
    let target = tiles.advanced(byTiles: tile, columns: columns)
    geometry.specializedForWinograd { shape, _ in
      imageTransforms(shape).transformInput(padded, tileRows: tileRows, into: target)
    }
  }

  @inline(never) func transformGradient(
    _ padded: VectorPointer, tileRows: Range<Int>, into tiles: WinogradTiles, at tile: Int
  ) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.gradientTransforms, entered: entry) }
    let target = tiles.advanced(byTiles: tile, columns: columns)
    geometry.specializedForWinograd { shape, _ in
      imageTransforms(shape).transformGradient(padded, tileRows: tileRows, into: target)
    }
  }

  @inline(never) func transformOutput(
    _ tiles: WinogradTiles, at tile: Int, tileRows: Range<Int>, into image: VectorPointer
  ) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.outputTransforms, entered: entry) }
    let source = tiles.advanced(byTiles: tile, columns: columns)
    geometry.specializedForWinograd { shape, _ in
      imageTransforms(shape).transformOutput(source, tileRows: tileRows, into: image)
    }
  }

  /// products[p] = tiles[p] · weights[p] for each of the 36 points p.
  @inline(never) func multiply(
    _ tiles: WinogradTiles, count: Int, _ weights: VectorPointer, into products: WinogradTiles,
    fetching part: UpcomingImages.Part
  ) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.winogradProducts, entered: entry) }
    geometry.specializedForWinograd { shape, compute in
      let (channels, columns) = (shape.inputChannels, shape.columns)
      for point in 0..<36 {
        part.fetch(step: point, of: 36)
        let product = MatrixProduct(
          a: scalars(tiles.base + point * tiles.pointStride), aRow: channels, aStep: 1,
          b: weights + point * channels * columns, bStep: columns,
          c: products.base + point * products.pointStride, cRow: columns, steps: channels,
          accumulates: false)
        compute(product, count, columns)
      }
    }
  }

  /// sums[p] += tiles[p]ᵀ · gradients[p] for each of the 36 points p; the first call sets them.
  @inline(never) func accumulate(
    _ tiles: WinogradTiles, _ gradients: WinogradTiles, count: Int, into sums: VectorPointer,
    isFirst: Bool, fetching part: UpcomingImages.Part
  ) {
    let entry = KernelClock.enter()
    defer { KernelClock.leave(.winogradWeightGradients, entered: entry) }
    geometry.specializedForWinograd { shape, compute in
      let (channels, columns) = (shape.inputChannels, shape.columns)
      for point in 0..<36 {
        part.fetch(step: point, of: 36)
        let product = MatrixProduct(
          a: scalars(tiles.base + point * tiles.pointStride), aRow: 1, aStep: channels,
          b: gradients.base + point * gradients.pointStride, bStep: columns,
          c: sums + point * channels * columns, cRow: columns, steps: count,
          accumulates: !isFirst)
        compute(product, channels, columns)
      }
    }
  }
}
