import Tensor

extension Network {
  /// Computes the loss of the local images in training mode and the gradients of the mean loss of
  /// the global batch, and updates running statistics.
  ///
  /// **Ranks**: collective; every rank's reduction is called in the same order.
  ///
  /// - Parameter reduction: combines batch-norm statistics over the global batch.
  /// - Throws: what the reduction throws.
  public func computeGradients(reduction: any BatchReduction) throws {
    try forward(portions, training: true) { try $0.finishForward(reduction) }
    try backpropagateClassifier(reduction)
    for index in blocks.indices.reversed() {
      try backpropagateSecond(index, reduction)
      try backpropagateFirst(index, reduction)
    }
    backpropagateStem()
  }

  /// The gradient of an image's block output in a stage.
  private func stageGradient(_ stage: Int, _ image: Int) -> FloatView {
    let count = architecture.shape(ofStage: stage).count
    return stageGradients[stage][image * count..<(image + 1) * count]
  }

  /// The gradient of an image's activation between a block's convolutions.
  private func innerGradient(_ image: Int, shape: ImageShape) -> FloatView {
    innerGradients[image * shape.count..<(image + 1) * shape.count]
  }

  private func stage(ofBlock index: Int) -> Int { index / architecture.blocksPerStage }

  /// Loss, and its gradient as far as the last block's output.
  private func backpropagateClassifier(_ reduction: any BatchReduction) throws {
    guard let unit = blocks.last?.second, let norm = unit.norm else {
      preconditionFailure("a last block without batch norm")
    }
    let weights = buffers.parameter("linear.weight")
    norm.beginSums()
    accumulator.accumulate(classifierRange) { leaf, gradient in
      let portion = portions[leaf]
      var sums = LossSums()
      gradient.fill(with: 0)
      for image in portion.images {
        computeFeatures(image, group: portion.group)
        classify(image, sums: &sums)
        let result = stageGradient(2, image)
        classifier.backward(
          label: labels[image], scale: 1 / Double(partition.globalBatch), weights: weights,
          weightGradient: gradient[0..<weights.count],
          biasGradient: gradient[weights.count..<gradient.count], imageGradient: result)
        backpropagateActivation(
          result, addend: nil, mask: .positive(features(image)), y: unit.image(image),
          shape: unit.outputShape, mean: norm.mean(ofGroup: portion.group), result: result,
          sums: norm.sums(ofLeaf: leaf))
      }
      lossSums[leaf] = sums
    }
    try norm.finishBackward(reduction)
  }

  /// A block's second convolution: from the block's output to the activation inside.
  private func backpropagateSecond(_ index: Int, _ reduction: any BatchReduction) throws {
    let block = blocks[index]
    let before = block.first
    guard let norm = before.norm else { preconditionFailure("a block without batch norm") }
    let stage = stage(ofBlock: index)
    norm.beginSums()
    block.second.prepareBackward()
    accumulator.accumulate(block.second.parameterRange) { leaf, gradient in
      let portion = portions[leaf]
      let mask = Mask.normalized(
        scale: norm.scale(ofGroup: portion.group), shift: norm.shift(ofGroup: portion.group))
      block.second.backward(portion, gradient: gradient) { image in
        stageGradient(stage, image)
      } input: { image, padded in
        activateInside(block, image: image, group: portion.group, padded: padded)
      } finish: { image, inputGradient in
        backpropagateActivation(
          inputGradient, addend: nil, mask: mask, y: before.image(image),
          shape: before.outputShape, mean: norm.mean(ofGroup: portion.group),
          result: innerGradient(image, shape: before.outputShape), sums: norm.sums(ofLeaf: leaf))
      }
    }
    try norm.finishBackward(reduction)
  }

  /// A block's first convolution and its shortcut: from the activation inside to the block's input.
  private func backpropagateFirst(_ index: Int, _ reduction: any BatchReduction) throws {
    let block = blocks[index]
    let before = index == 0 ? stem : blocks[index - 1].second
    let stage = stage(ofBlock: index)
    let stageBefore = index == 0 ? 0 : self.stage(ofBlock: index - 1)
    before.norm?.beginSums()
    block.first.prepareBackward()
    block.prepareShortcutBackward()
    accumulator.accumulate(block.first.parameterRange) { leaf, gradient in
      let portion = portions[leaf]
      block.clearShortcutGradient(gradient)
      block.first.backward(portion, gradient: gradient) { image in
        innerGradient(image, shape: block.first.outputShape)
      } input: { image, padded in
        copy(block.input(image), shape: block.description.input, intoPadded: padded)
      } finish: { image, inputGradient in
        let identity = block.backpropagateShortcut(
          stageGradient(stage, image), image: image, inputGradient: inputGradient,
          gradient: gradient)
        backpropagateInput(
          ofBlock: block, before: before, portion: portion, image: image,
          inputGradient: inputGradient, identity: identity,
          result: stageGradient(stageBefore, image))
      }
    }
    try before.norm?.finishBackward(reduction)
  }

  /// Through the ReLU at a block's input, if the unit before has one.
  private func backpropagateInput(
    ofBlock block: Block, before: ConvolutionUnit, portion: Portion, image: Int,
    inputGradient: FloatView, identity: FloatView?, result: FloatView
  ) {
    if let norm = before.norm {
      backpropagateActivation(
        inputGradient, addend: identity, mask: .positive(block.input(image)),
        y: before.image(image), shape: before.outputShape,
        mean: norm.mean(ofGroup: portion.group), result: result,
        sums: norm.sums(ofLeaf: portion.leaf))
    } else {
      if let identity { add(identity, to: inputGradient) }
      result.copy(from: inputGradient)
    }
  }

  private func backpropagateStem() {
    stem.prepareBackward()
    accumulator.accumulate(stem.parameterRange) { leaf, gradient in
      let portion = portions[leaf]
      stem.backward(portion, gradient: gradient) { image in
        stageGradient(0, image)
      } input: { index, padded in
        padded.copy(from: image(index))
      } finish: { _, _ in
      }
      if stem.norm == nil {
        let bias = gradient[stem.engine.geometry.weightCount..<gradient.count]
        bias.fill(with: 0)
        for image in portion.images {
          accumulateChannelSums(stageGradient(0, image), shape: stem.outputShape, into: bias)
        }
      }
    }
  }
}
