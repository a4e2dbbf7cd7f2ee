// swift-tools-version: 6.3
import PackageDescription

// The instruction set that kernels are compiled for. Without FMA every multiply-add becomes a call
// into libm, 90 times slower, so the default is the machine that builds.
let instructionSet = Context.environment["DISTTRAIN_MARCH"] ?? "native"

// The module of pkg-config that describes the MPI to build against.
let mpi = Context.environment["DISTTRAIN_MPI"] ?? "ompi-c"

let swiftSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .unsafeFlags(["-Xcc", "-march=\(instructionSet)"]),
]

// The command starts on any x86-64, to say what its kernels need.
let portableSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "DistTrain",
  products: [
    .library(name: "Tensor", targets: ["Tensor"]),
    .library(name: "ResNet", targets: ["ResNet"]),
    .library(name: "DistTrain", targets: ["DistTrain"]),
    .executable(name: "disttrain", targets: ["DistTrainCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
  ],
  targets: [
    .systemLibrary(
      name: "CMPI", pkgConfig: mpi, providers: [.apt(["libopenmpi-dev"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CVector"),
    .target(
      name: "CInstructionSet", cSettings: [.unsafeFlags(["-march=\(instructionSet)"])]),
    .target(name: "CProcess", dependencies: ["CInstructionSet"]),
    .target(name: "Tensor", dependencies: ["COpenBLAS", "CVector"], swiftSettings: swiftSettings),
    .target(name: "ResNet", dependencies: ["Tensor"], swiftSettings: swiftSettings),
    .target(
      name: "DistTrain",
      dependencies: [
        "CInstructionSet", "CMPI", "CLinux", "COpenBLAS", "COpenSSL", "ResNet", "Tensor",
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "Benchmarking", dependencies: ["DistTrain", "ResNet", "Tensor"],
      swiftSettings: swiftSettings),
    .target(
      name: "Reporting", dependencies: ["DistTrain", "ResNet", "Tensor"],
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "DistTrainCommand",
      dependencies: [
        "Benchmarking", "CProcess", "DistTrain", "Reporting", "ResNet",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/CommandLine",
      swiftSettings: portableSettings),
    .target(
      name: "FuzzTargets", dependencies: ["DistTrain", "Reporting", "ResNet"],
      path: "Proofs/Fuzzing/Targets", swiftSettings: swiftSettings),
    .testTarget(name: "TensorTests", dependencies: ["Tensor"], swiftSettings: swiftSettings),
    .testTarget(
      name: "ResNetTests", dependencies: ["ResNet", "Tensor"], swiftSettings: swiftSettings),
    .testTarget(
      name: "DistTrainTests",
      dependencies: [
        "Benchmarking", "DistTrain", "FuzzTargets", "Reporting", "ResNet", "Tensor",
      ],
      resources: [.copy("Fixtures")],
      swiftSettings: swiftSettings),
  ]
)

// The driver of Proofs/fuzz links with libFuzzer only, so it is there only where `make fuzz` asks for it.
if Context.environment["DISTTRAIN_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "Fuzz", dependencies: ["FuzzTargets"], path: "Proofs/Fuzzing/Driver",
      swiftSettings: swiftSettings + [.unsafeFlags(["-parse-as-library"])]))
}
