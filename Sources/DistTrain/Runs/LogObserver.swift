/// Told of the rows of a run's logs, each once it is in its file.
package protocol LogObserver {
  /// A row of `train.csv`.
  func record(_ row: TrainRow) throws(Failure)
  /// A row of `evaluation.csv`.
  func record(_ row: EvaluationRow) throws(Failure)
  /// Waits until what was made of all rows is on the disk, before a checkpoint is.
  func synchronize() throws(Failure)
}
