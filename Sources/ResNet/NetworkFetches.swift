import Tensor

extension Network {
  /// Tells every unit what its passes read and write, so that engines fetch it ahead.
  func planFetches() {
    let images = partition.localSamples
    stem.upcomingForward = UpcomingImages(images: images, reading: [], writing: [stem.output])
    stem.upcomingBackward = UpcomingImages(
      images: images, reading: [stageGradients[0], stem.output])
    for (index, block) in blocks.enumerated() {
      let before = index == 0 ? stem : blocks[index - 1].second
      let shortcut = index == 0 ? nil : blocks[index - 1].shortcutSource
      let stage = index / architecture.blocksPerStage
      let stageBefore = index == 0 ? 0 : (index - 1) / architecture.blocksPerStage
      let gradients = (stageBefore...stage).map { stageGradients[$0] }
      let inner = innerGradients[0..<block.first.output.count]
      block.first.upcomingForward = UpcomingImages(
        images: images, reading: [before.output] + (shortcut.map { [$0] } ?? []),
        writing: [block.inputs, block.first.output] + (block.shortcutTarget.map { [$0] } ?? []))
      block.second.upcomingForward = UpcomingImages(
        images: images, reading: [block.first.output], writing: [block.second.output])
      block.second.upcomingBackward = UpcomingImages(
        images: images, reading: [stageGradients[stage], block.second.output, block.first.output],
        writing: [inner])
      block.first.upcomingBackward = UpcomingImages(
        images: images,
        reading: [inner, block.first.output, block.inputs, before.output] + gradients)
    }
  }
}
