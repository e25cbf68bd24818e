// swift-tools-version: 6.3
import PackageDescription

// One package. Functions/ holds the executables, Shared/ the modules they are wired from, Tests/ one
// suite folder per module. The dependency lists below are the architecture: read them top to bottom.

/// The settings of every target, applied once in the loop at the end.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// Links the Swift runtime in, so that an image holds one file beside the C libraries.
let staticRuntime: [LinkerSetting] = [.unsafeFlags(["-static-stdlib"])]

/// The archives behind Foundation's XML parser, which `-static-stdlib` does not name by itself.
let staticFoundationXML: [LinkerSetting] = [
    "FoundationInternationalization", "CoreFoundation", "_CFXMLInterface", "_FoundationICU",
    "_FoundationCollections", "_FoundationCShims", "xml2", "swiftDispatch", "dispatch",
    "BlocksRuntime", "swiftSynchronization",
].map { .linkedLibrary($0) }

/// Links everything in: the program starts without a dynamic linker and runs in an empty image.
let staticExecutable: [LinkerSetting] = [.unsafeFlags(["-static-executable"])]

/// Of SwiftNIO only what is free of Foundation.
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]

/// The storeys of Shared/ and Tests/, lowest first: a module imports only from those below its own.
enum Storey: String {
    case foundation = "Foundation"
    case values = "Values"
    case formats = "Formats"
    case transports = "Transports"
    case runtime = "Runtime"
    case storage = "Storage"
    case leader = "Roles/Leader"
    case checker = "Roles/Checker"
    case builder = "Roles/Builder"
    case redirector = "Roles/Redirector"
    case housekeeping = "Roles/Storage"
}

func shared(
    _ name: String,
    on storey: Storey,
    _ dependencies: [Target.Dependency] = [],
    exclude: [String] = []
) -> Target {
    .target(
        name: name,
        dependencies: dependencies,
        path: "Shared/\(storey.rawValue)/\(name)",
        exclude: exclude
    )
}

func function(
    _ folder: String,
    _ dependencies: [Target.Dependency],
    linkerSettings: [LinkerSetting]
) -> Target {
    .executableTarget(
        name: folder.lowercased(),
        dependencies: dependencies,
        path: "Functions/\(folder)",
        linkerSettings: linkerSettings
    )
}

func benchmark(
    _ folder: String,
    named name: String,
    _ dependencies: [Target.Dependency] = []
) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: "Tests/Benchmarks/\(folder)")
}

/// The suites of a module, in the same storey below Tests/.
func tests(
    _ module: String,
    on storey: Storey? = nil,
    _ more: [Target.Dependency] = []
) -> Target {
    let folder = storey.map { "\($0.rawValue)/" } ?? ""
    return .testTarget(
        name: "\(module)Tests",
        dependencies: [.byName(name: module)] + more,
        path: "Tests/\(folder)\(module)Tests"
    )
}

let package = Package(
    name: "redirector",
    dependencies: [
        // The demonstration's server; nothing that is deployed links it.
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        // Reads template.yaml; nothing that is deployed links it.
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    ],
    targets: [
        // C libraries, and what the Glibc module leaves out.
        .systemLibrary(name: "CLinux", path: "Shared/C/CLinux"),
        .systemLibrary(name: "CZlib", path: "Shared/C/CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CCurl",
            path: "Shared/C/CCurl",
            pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]
        ),

        // Values and formats.
        shared("JSON", on: .foundation),
        shared("Mirrors", on: .values, ["JSON"]),
        shared("BlobFormat", on: .formats, ["CZlib"]),
        shared("Hashing", on: .foundation),
        shared("RegionMapFormat", on: .formats, exclude: ["FORMAT.md"]),
        shared("FileDetailsFormat", on: .formats, ["RegionMapFormat"], exclude: ["FORMAT.md"]),

        // Input and output.
        shared("FunctionRuntime", on: .runtime, ["JSON", "Mirrors"]),
        shared("HTTPTransport", on: .transports, ["CCurl"]),
        shared("RsyncListing", on: .transports, ["CLinux", "Mirrors"]),
        shared("FTPListing", on: .transports, ["Mirrors"]),
        shared("HTTPListing", on: .transports, ["Mirrors"]),
        shared("ObjectStorage", on: .storage, ["JSON"]),
        shared(
            "S3Storage",
            on: .storage,
            ["BlobFormat", "FunctionRuntime", "HTTPTransport", "ObjectStorage"],
            exclude: ["FAULTS.md"]
        ),
        shared(
            "Catalogs",
            on: .formats,
            ["BlobFormat", "JSON", "Mirrors", "ObjectStorage"],
            exclude: ["FORMAT.md"]
        ),
        shared(
            "CheckStates",
            on: .formats,
            ["BlobFormat", "Catalogs", "Mirrors"],
            exclude: ["FORMAT.md"]
        ),

        shared(
            "StateStorage",
            on: .storage,
            [
                "BlobFormat", "Catalogs", "CheckStates", "FunctionRuntime", "JSON", "Mirrors",
                "ObjectStorage",
            ]
        ),

        shared(
            "Housekeeping",
            on: .housekeeping,
            [
                "BlobFormat", "Catalogs", "CheckStates", "FileDetailsFormat", "JSON", "Mirrors",
                "ObjectStorage", "RegionMapFormat",
            ]
        ),

        // What the functions do.
        shared("MirrorListImport", on: .leader, ["JSON"]),
        shared(
            "Publishing",
            on: .leader,
            [
                "Catalogs", "Hashing", "JSON", "MirrorListImport", "Mirrors", "ObjectStorage",
                "RsyncListing", "StateStorage",
            ]
        ),
        shared("CheckPlanning", on: .checker, ["Catalogs", "CheckStates", "Mirrors"]),
        shared(
            "Checking",
            on: .checker,
            [
                "Catalogs", "CheckPlanning", "CheckStates", "CZlib", "FTPListing",
                "FunctionRuntime", "HTTPListing", "HTTPTransport", "JSON", "Mirrors",
                "ObjectStorage", "RsyncListing", "StateStorage",
            ]
        ),
        shared(
            "MapBuilding",
            on: .builder,
            [
                "Catalogs", "CheckStates", "FileDetailsFormat", "FunctionRuntime", "JSON",
                "Mirrors", "ObjectStorage", "RegionMapFormat", "StateStorage",
            ],
            exclude: ["REPORT.md"]
        ),
        shared(
            "Redirection",
            on: .redirector,
            ["FileDetailsFormat", "Mirrors", "RegionMapFormat"]
        ),
        shared(
            "Pages",
            on: .redirector,
            ["FileDetailsFormat", "JSON", "Mirrors", "Redirection", "RegionMapFormat"]
        ),
        shared(
            "RedirectionServer",
            on: .redirector,
            [
                "CLinux", "FileDetailsFormat", "FunctionRuntime", "JSON", "Mirrors",
                "ObjectStorage", "Pages", "Redirection", "RegionMapFormat",
            ]
        ),

        // The functions.
        function(
            "Leader",
            [
                "Catalogs", "FunctionRuntime", "HTTPTransport", "JSON", "MirrorListImport",
                "Mirrors", "ObjectStorage", "Publishing", "S3Storage", "StateStorage",
            ],
            linkerSettings: staticRuntime + staticFoundationXML
        ),
        function(
            "Checker",
            ["Checking", "FunctionRuntime", "JSON", "ObjectStorage", "S3Storage"],
            linkerSettings: staticRuntime
        ),
        function(
            "Builder",
            ["FunctionRuntime", "JSON", "MapBuilding", "Mirrors", "ObjectStorage", "S3Storage"],
            linkerSettings: staticRuntime
        ),
        function(
            "Redirector",
            ["FunctionRuntime", "RedirectionServer"],
            linkerSettings: staticExecutable
        ),
        function(
            "Storage",
            ["FunctionRuntime", "Housekeeping", "JSON", "Mirrors", "ObjectStorage", "S3Storage"],
            linkerSettings: staticRuntime
        ),

        // For tests and development only.
        .target(
            name: "TestSupport",
            dependencies: ["ObjectStorage"],
            path: "Tests/TestSupport"
        ),
        .executableTarget(
            name: "local-gateway",
            dependencies: [
                "TestSupport",
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ] + nio,
            path: "Tests/LocalGateway"
        ),
        // Many of it at once try to lose an update.
        .executableTarget(
            name: "contender",
            dependencies: ["FunctionRuntime", "ObjectStorage", "S3Storage"],
            path: "Tests/Contender"
        ),

        // What no request may break; the fuzzer's and a test's.
        .target(
            name: "RequestJudge",
            dependencies: ["JSON", "Mirrors", "Pages", "Redirection", "RegionMapFormat"],
            path: "Tests/RequestJudge"
        ),

        // Weeks of mirrors, master and functions in minutes; a program's and a test's.
        .target(
            name: "SimulatedClients",
            dependencies: ["Mirrors"],
            path: "Tests/SimulatedClients"
        ),
        .target(
            name: "CheckingSimulation",
            dependencies: [
                "Catalogs", "CheckPlanning", "CheckStates", "Checking", "FunctionRuntime", "JSON",
                "MapBuilding", "MirrorListImport", "Mirrors", "ObjectStorage", "Publishing",
                "SimulatedClients", "StateStorage", "TestSupport",
            ],
            path: "Tests/CheckingSimulation",
            exclude: ["README.md"]
        ),

        // They print figures; nothing depends on them.
        benchmark(
            "PublishingBench",
            named: "publishing-bench",
            ["Catalogs", "Hashing", "Mirrors", "ObjectStorage", "Publishing"]
        ),
        benchmark("RegionMapBench", named: "region-map-bench", ["RegionMapFormat"]),
        benchmark(
            "StateBench",
            named: "state-bench",
            ["Catalogs", "CheckStates", "JSON", "MapBuilding", "Mirrors", "ObjectStorage"]
        ),
        benchmark(
            "SelectionSimulation",
            named: "selection-simulation",
            [
                "Catalogs", "CheckStates", "MapBuilding", "MirrorListImport", "Mirrors",
                "Publishing", "Redirection", "RegionMapFormat", "SimulatedClients",
            ]
        ),
        benchmark("CheckingSimulation", named: "checking-simulation", ["CheckingSimulation"]),
        benchmark(
            "RedirectorFixture",
            named: "redirector-fixture",
            ["JSON", "Mirrors", "ObjectStorage", "RegionMapFormat"]
        ),
        benchmark("AnswerBench", named: "answer-bench", ["Redirection", "RedirectionServer"]),
        benchmark("StartBench", named: "start-bench"),

        tests("BlobFormat", on: .formats),
        tests(
            "Catalogs",
            on: .formats,
            ["BlobFormat", "JSON", "Mirrors", "ObjectStorage", "TestSupport"]
        ),
        tests(
            "CheckPlanning",
            on: .checker,
            ["Catalogs", "CheckStates", "Mirrors", "TestSupport"]
        ),
        tests("CheckStates", on: .formats, ["BlobFormat", "Catalogs", "Mirrors", "TestSupport"]),
        tests(
            "Checking",
            on: .checker,
            [
                "Catalogs", "CheckPlanning", "CheckStates", "FunctionRuntime", "HTTPTransport",
                "JSON", "Mirrors", "ObjectStorage", "RsyncListing", "StateStorage", "TestSupport",
            ]
        ),
        tests(
            "CheckingSimulation",
            [
                "Catalogs", "CheckStates", "JSON", "MapBuilding", "Mirrors", "Redirection",
                "RegionMapFormat", "SimulatedClients", "TestSupport",
            ]
        ),
        tests("FileDetailsFormat", on: .formats, ["RegionMapFormat"]),
        tests("FTPListing", on: .transports, ["Mirrors"]),
        tests("HTTPListing", on: .transports, ["HTTPTransport", "TestSupport"]),
        tests("FunctionRuntime", on: .runtime, ["JSON", "Mirrors", "TestSupport"]),
        tests("HTTPTransport", on: .transports, ["TestSupport"]),
        tests("Hashing", on: .foundation),
        tests("JSON", on: .foundation),
        tests(
            "MapBuilding",
            on: .builder,
            [
                "Catalogs", "CheckStates", "FileDetailsFormat", "JSON", "Mirrors", "ObjectStorage",
                "RegionMapFormat",
                "StateStorage", "TestSupport",
            ]
        ),
        tests("MirrorListImport", on: .leader, ["JSON", "TestSupport"]),
        tests("Mirrors", on: .values, ["JSON"]),
        tests(
            "Housekeeping",
            on: .housekeeping,
            [
                "BlobFormat", "Catalogs", "CheckStates", "FileDetailsFormat", "JSON", "Mirrors",
                "ObjectStorage", "RegionMapFormat", "TestSupport",
            ]
        ),
        tests("ObjectStorage", on: .storage, ["TestSupport"]),
        tests(
            "Pages",
            on: .redirector,
            ["FileDetailsFormat", "JSON", "Mirrors", "Redirection", "RegionMapFormat"]
        ),
        tests(
            "Publishing",
            on: .leader,
            [
                "Catalogs", "Hashing", "JSON", "MirrorListImport", "Mirrors", "ObjectStorage",
                "RsyncListing",
                "StateStorage",
                "TestSupport",
            ]
        ),
        tests(
            "Redirection",
            on: .redirector,
            ["JSON", "Mirrors", "RegionMapFormat", "TestSupport"]
        ),
        tests(
            "RedirectionServer",
            on: .redirector,
            [
                "FunctionRuntime", "JSON", "Mirrors", "ObjectStorage", "Redirection",
                "RegionMapFormat", "TestSupport",
            ]
        ),
        tests("RegionMapFormat", on: .formats, ["TestSupport"]),
        tests("RequestJudge", ["TestSupport"]),
        tests("RsyncListing", on: .transports, ["Mirrors", "TestSupport"]),
        tests(
            "S3Storage",
            on: .storage,
            ["FunctionRuntime", "HTTPTransport", "ObjectStorage", "TestSupport", "contender"]
        ),
        tests("TestSupport"),
        .testTarget(
            name: "LocalGatewayTests",
            dependencies: [
                "local-gateway", "TestSupport",
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            path: "Tests/LocalGatewayTests",
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "Catalogs", "CheckStates", "Checking", "JSON", "Mirrors", "ObjectStorage",
                "Publishing", "StateStorage", "TestSupport",
            ],
            path: "Tests/EndToEndTests"
        ),
    ],
    swiftLanguageModes: [.v6]
)

// libFuzzer brings its own `main`, so this target links only where `make fuzz` builds it.
if Context.environment["FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "request-fuzz",
            dependencies: ["RequestJudge"],
            path: "Tests/RequestFuzz",
            swiftSettings: [.unsafeFlags(["-parse-as-library"])]
        )
    )
}

// The quick loop of `make test SUITES=Checking,CheckStates`: other suites are not even compiled.
if let suites = Context.environment["SUITES"], !suites.isEmpty {
    let wanted = Set(suites.split(separator: ",").map { "\($0)Tests" })
    package.targets.removeAll { $0.type == .test && !wanted.contains($0.name) }
}

for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + strict
}
