// swift-tools-version: 6.3
import PackageDescription

// A package of its own, as a user of the library has one. The name is given, so that the clone's
// folder can be called anything.
let package = Package(
  name: "OwnLoop",
  dependencies: [.package(name: "DistTrain", path: "../..")],
  targets: [
    .executableTarget(
      name: "OwnLoop",
      dependencies: [
        .product(name: "DistTrain", package: "DistTrain"),
        .product(name: "ResNet", package: "DistTrain"),
      ])
  ]
)
