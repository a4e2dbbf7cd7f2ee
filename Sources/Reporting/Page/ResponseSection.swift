import ResNet

/// The standard deviations of the layers' responses: Figure 7 of "Deep Residual Learning for Image
/// Recognition".
struct ResponseSection {
  let responses: [LayerResponse]
  let isResidual: Bool

  var markup: String {
    let deviations = responses.map(\.deviation)
    let end = (deviations.max() ?? 1) * 1.06
    let charts = [
      chart("In the order of the layers", "layer", deviations, end),
      chart("By magnitude", "layer, by descending deviation", deviations.sorted(by: >), end),
    ]
    let before = isResidual ? "before the addition and the ReLU" : "before the ReLU"
    return HTML.section(
      "Layer responses",
      [
        HTML.paragraph(
          "Standard deviations of the outputs of each 3×3 convolution, after batch norm and \(before), "
            + "over all test images, pixels and channels; as Figure 7 of He et al. 2015."),
        "<div class=\"charts\">\n\(charts.joined(separator: "\n"))\n</div>",
      ])
  }

  private func chart(
    _ title: String, _ xName: String, _ values: [Double], _ end: Double
  ) -> String {
    LineChart(
      title: title, xName: xName,
      series: [
        .init(
          name: "", style: "strong",
          points: values.enumerated().map { .init(x: Double($0.offset + 1), y: $0.element) },
          hasDots: values.count <= 120)
      ], yEnd: end
    ).markup
  }
}
