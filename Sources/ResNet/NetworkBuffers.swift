import Tensor

/// A network's flat buffers and the named views into them.
struct NetworkBuffers {
  let layout: ParameterLayout
  let parameters: FloatView
  let gradients: FloatView
  let statistics: FloatView

  init(layout: ParameterLayout, arena: Arena) {
    self.layout = layout
    parameters = arena.take(layout.parameterCount)
    gradients = arena.take(layout.parameterCount)
    statistics = arena.take(layout.statisticsCount)
  }

  func parameter(_ name: String) -> FloatView { parameters[layout.slot(name).range] }
  func gradient(_ name: String) -> FloatView { gradients[layout.slot(name).range] }
  func statistic(_ name: String) -> FloatView { statistics[layout.slot(name).range] }
}
