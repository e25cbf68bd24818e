// swift-tools-version: 6.3
import PackageDescription

// One package. Functions/ has the executables, Shared/ the modules they are wired from, Tests/
// one suite folder per module. The dependency lists below are the architecture: read them top to
// bottom.

/// The settings of every target, applied once in the loop at the end.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// Links the Swift runtime in, so that an image has one file beside the C libraries.
let staticRuntime: [LinkerSetting] = [.unsafeFlags(["-static-stdlib"])]

/// The archives behind Foundation's XML parser, which `-static-stdlib` does not name by itself.
let staticFoundationXML: [LinkerSetting] = [
    "FoundationInternationalization", "CoreFoundation", "_CFXMLInterface", "_FoundationICU",
    "_FoundationCollections", "_FoundationCShims", "xml2", "swiftDispatch", "dispatch",
    "BlocksRuntime", "swiftSynchronization",
].map { .linkedLibrary($0) }

/// Links everything in: the program starts without a dynamic linker and runs in an empty image.
///
/// The sanitizers' runtimes need that linker (`make sanitize`).
let staticExecutable: [LinkerSetting] =
    Context.environment["SANITIZE"] == nil ? [.unsafeFlags(["-static-executable"])] : []

/// Of SwiftNIO only what is free of Foundation.
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]

/// A queue whose both ends cost the same.
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")

/// Sets of small numbers, a bit each.
let bitSet = Target.Dependency.product(name: "BitCollections", package: "swift-collections")

/// The storeys of Shared/ and Tests/, lowest first: a module imports only from those below its own.
enum Storey: String {
    case foundation = "Foundation"
    case system = "System"
    case values = "Values"
    case runtime = "Runtime"
    case transports = "Transports"
    case storage = "Storage"
    case formats = "Formats"
    case facts = "Facts"
    case leader = "Roles/Leader"
    case checker = "Roles/Checker"
    case builder = "Roles/Builder"
    case redirector = "Roles/Redirector"
    case storageRole = "Roles/Storage"
    case operators = "Roles/Mirrors"
    case status = "Roles/Status"
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
        // Queues and sets of bits of the leader, checker and builder.
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        // The demonstration's server; nothing that is deployed links it.
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        // Reads template.yaml in tests. The leader reads mirror lists with the libYAML that it
        // carries, event by event: Yams's own trees are built before an alias in them can be
        // refused.
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    ],
    targets: [
        // C libraries, and what the Glibc module leaves out.
        .systemLibrary(name: "CChecksum", path: "Shared/C/CChecksum"),
        .systemLibrary(name: "CLinux", path: "Shared/C/CLinux"),
        .systemLibrary(name: "CZlib", path: "Shared/C/CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CCurl",
            path: "Shared/C/CCurl",
            pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]
        ),

        // Values and formats.
        shared("Bytes", on: .foundation),
        shared("Time", on: .foundation, ["Bytes"]),
        shared("URLs", on: .foundation, ["Bytes"]),
        shared("JSON", on: .foundation, ["Bytes"]),
        shared("Linux", on: .system, ["CLinux", "Time"]),
        shared("Mirrors", on: .values, ["Bytes", "JSON", "Time", "URLs"]),
        shared("Compression", on: .system, ["CZlib"]),
        shared("BlobFormat", on: .formats, ["Compression"], exclude: ["FORMAT.md"]),
        shared("Hashing", on: .foundation),
        shared("RegionMapFormat", on: .formats, ["CChecksum"], exclude: ["FORMAT.md"]),
        shared("AddressDatabases", on: .formats, ["Bytes", "Mirrors"], exclude: ["FORMAT.md"]),
        shared("HolderFormat", on: .formats, ["RegionMapFormat"], exclude: ["FORMAT.md"]),
        shared("FileDetailsFormat", on: .formats, ["RegionMapFormat"], exclude: ["FORMAT.md"]),

        shared(
            "HealthFormat",
            on: .formats,
            ["JSON", "Mirrors", "RegionMapFormat", "Time"],
            exclude: ["FORMAT.md"]
        ),

        // Input and output.
        shared("FunctionRuntime", on: .runtime, ["Bytes", "JSON", "Linux", "Time"]),
        shared(
            "HTTPTransport",
            on: .transports,
            ["Bytes", "CCurl", deque, "Linux", "Time", "URLs"]
        ),
        shared("FunctionGateway", on: .transports, ["FunctionRuntime", "HTTPTransport", "URLs"]),
        shared("RsyncListing", on: .transports, ["Bytes", "Linux", "Mirrors", "Time", "URLs"]),
        shared("FTPListing", on: .transports, ["Bytes", "Mirrors", "Time"]),
        shared("HTTPListing", on: .transports, ["Bytes", "Mirrors", "URLs"]),
        shared("ObjectStorage", on: .storage, ["Bytes", "JSON", "Linux", "Time", "URLs"]),
        shared(
            "S3Storage",
            on: .storage,
            [
                "Bytes", "Compression", "FunctionRuntime", "HTTPTransport", "Linux",
                "ObjectStorage", "Time", "URLs",
            ],
            exclude: ["FAULTS.md"]
        ),
        shared(
            "ConfiguredStorage",
            on: .storage,
            ["FunctionRuntime", "ObjectStorage", "S3Storage"]
        ),
        shared(
            "Catalogs",
            on: .formats,
            ["BlobFormat", "Hashing", "JSON", "Mirrors", "ObjectStorage", "Time"],
            exclude: ["FORMAT.md"]
        ),
        shared(
            "CheckStates",
            on: .formats,
            [
                "BlobFormat", "Catalogs", "FunctionRuntime", "Mirrors", "ObjectStorage", "Time",
            ],
            exclude: ["FORMAT.md"]
        ),
        shared(
            "MirrorStorage",
            on: .formats,
            ["FunctionRuntime", "JSON", "Mirrors", "ObjectStorage", "Time"],
            exclude: ["FORMAT.md"]
        ),

        shared(
            "HealthStorage",
            on: .formats,
            ["FunctionRuntime", "HealthFormat", "JSON", "ObjectStorage", "Time"],
            exclude: ["FORMAT.md"]
        ),

        shared(
            "RunRecords",
            on: .formats,
            [
                "CheckStates", "FunctionRuntime", "HealthFormat", "JSON", "Mirrors",
                "ObjectStorage", "Time",
            ],
            exclude: ["FORMAT.md"]
        ),
        shared(
            "Events",
            on: .formats,
            ["FunctionRuntime", "JSON", "ObjectStorage", "Time"],
            exclude: ["FORMAT.md"]
        ),

        shared(
            "Histories",
            on: .formats,
            ["BlobFormat", "Events", "Mirrors", "Time"],
            exclude: ["FORMAT.md"]
        ),

        // What is known of a deployment, from all that is in storage.
        shared(
            "StatusFacts",
            on: .facts,
            [
                "BlobFormat", "Catalogs", "CheckStates", "Events", "FunctionRuntime", "Hashing",
                "HealthFormat", "HealthStorage", "Histories", "JSON", "Linux", "MapHolds",
                "Mirrors", "MirrorStorage", "ObjectStorage", "RegionMapFormat", "RunRecords",
                "Time",
            ],
            exclude: ["FORMAT.md"]
        ),

        shared(
            "MapHolds",
            on: .formats,
            ["FunctionRuntime", "JSON", "Mirrors", "ObjectStorage", "Time"],
            exclude: ["FORMAT.md"]
        ),
        shared(
            "Heartbeats",
            on: .formats,
            [
                "Events", "FunctionRuntime", "Linux", "Mirrors", "ObjectStorage", "RunRecords",
                "Time",
            ],
            exclude: ["FORMAT.md"]
        ),

        shared(
            "StorageCommands",
            on: .storageRole,
            [
                "BlobFormat", "Catalogs", "CheckStates", "Events", "FileDetailsFormat",
                "FunctionRuntime", "HealthFormat", "Histories", "HolderFormat", "JSON", "MapHolds",
                "Mirrors", "ObjectStorage", "RegionMapFormat", "RunRecords", "StatusFacts", "Time",
            ]
        ),

        // What the functions do.
        shared(
            "MirrorListImport",
            on: .leader,
            ["JSON", "Mirrors", .product(name: "Yams", package: "Yams")]
        ),
        shared(
            "Publishing",
            on: .leader,
            [
                "AddressDatabases", "Bytes", "Catalogs", "Compression", "Events", "Hashing",
                "Heartbeats", "HTTPTransport", "HolderFormat", "JSON",
                "Linux",
                "MirrorListImport", "Mirrors", "MirrorStorage", "ObjectStorage", "RegionMapFormat",
                "RsyncListing", "Time", "URLs",
            ]
        ),
        shared(
            "LeaderRuns",
            on: .leader,
            [
                "AddressDatabases", "Catalogs", "ConfiguredStorage", "Events", "FunctionGateway",
                "FunctionRuntime", "Heartbeats", "HTTPTransport", "JSON", "Linux",
                "MirrorListImport", "Mirrors", "MirrorStorage", "ObjectStorage", "Publishing",
                "RunRecords", "URLs",
            ]
        ),
        shared(
            "CheckPlanning",
            on: .checker,
            [
                bitSet, "Bytes", "Catalogs", "CheckStates", "FunctionRuntime", "HealthFormat",
                "Mirrors", "Time",
            ],
            exclude: ["CHECKING.md"]
        ),
        shared(
            "Checking",
            on: .checker,
            [
                "Bytes", "Catalogs", "CheckPlanning", "CheckStates", "Compression", deque,
                "Events", "FTPListing", "FunctionGateway", "FunctionRuntime", "Hashing",
                "HealthFormat", "HealthStorage", "Heartbeats", "HTTPListing", "HTTPTransport",
                "JSON", "Linux", "Mirrors", "MirrorStorage", "ObjectStorage", "RsyncListing",
                "RunRecords", "Time", "URLs",
            ]
        ),
        shared(
            "MapBuilding",
            on: .builder,
            [
                "Catalogs", "CheckStates", "ConfiguredStorage", "Events", "FileDetailsFormat",
                "FunctionRuntime", "HealthFormat", "HealthStorage", "Heartbeats", "HolderFormat",
                "JSON", "Linux", "MapHolds", "Mirrors", "MirrorStorage", "ObjectStorage",
                "RegionMapFormat", "RunRecords", "Time",
            ],
            exclude: ["REPORT.md"]
        ),
        shared(
            "Redirection",
            on: .redirector,
            [
                "AddressDatabases", "Bytes", "FileDetailsFormat", "HealthFormat", "HolderFormat",
                "Mirrors",
                "RegionMapFormat", "Time", "URLs",
            ]
        ),
        shared(
            "Pages",
            on: .redirector,
            [
                "Bytes", "FileDetailsFormat", "HealthFormat", "HolderFormat", "JSON", "Mirrors",
                "Redirection", "RegionMapFormat", "Time", "URLs",
            ]
        ),
        shared(
            "RedirectionServer",
            on: .redirector,
            [
                "AddressDatabases", "Bytes", "CLinux", "FileDetailsFormat", "FunctionRuntime",
                "HealthFormat", "JSON",
                "Linux", "Mirrors", "ObjectStorage", "Pages", "Redirection", "Time", "URLs",
            ]
        ),
        shared(
            "MirrorCommands",
            on: .operators,
            [
                "Catalogs", "CheckStates", "Events", "FunctionRuntime", "HealthFormat",
                "HealthStorage", "Histories", "JSON", "Linux", "MapHolds", "Mirrors",
                "MirrorStorage", "ObjectStorage", "RunRecords", "StatusFacts", "Time", "URLs",
            ]
        ),
        shared(
            "Notices",
            on: .status,
            [
                "FunctionRuntime", "Heartbeats", "HTTPTransport", "JSON", "Mirrors",
                "ObjectStorage", "StatusFacts", "Time", "URLs",
            ]
        ),
        shared(
            "StatusPages",
            on: .status,
            [
                "Bytes", "Catalogs", "CheckStates", "ConfiguredStorage", "Events",
                "FunctionRuntime", "Hashing", "HealthFormat", "Heartbeats", "Histories", "JSON",
                "Linux", "Mirrors", "Notices", "ObjectStorage", "RunRecords", "StatusFacts", "Time",
            ]
        ),

        // The functions.
        function(
            "Leader",
            ["FunctionRuntime", "JSON", "LeaderRuns", "Publishing"],
            linkerSettings: staticRuntime + staticFoundationXML
        ),
        function(
            "Checker",
            [
                "Checking", "ConfiguredStorage", "FunctionRuntime", "Heartbeats", "Linux",
                "RunRecords",
            ],
            linkerSettings: staticRuntime
        ),
        function(
            "Builder",
            ["ConfiguredStorage", "FunctionRuntime", "MapBuilding"],
            linkerSettings: staticRuntime
        ),
        function(
            "Redirector",
            ["FunctionRuntime", "Linux", "RedirectionServer"],
            linkerSettings: staticExecutable
        ),
        function(
            "Storage",
            [
                "ConfiguredStorage", "FunctionRuntime", "Heartbeats", "JSON", "Linux",
                "ObjectStorage", "RunRecords", "StorageCommands", "Time",
            ],
            linkerSettings: staticRuntime
        ),
        function(
            "Status",
            ["FunctionRuntime", "StatusPages"],
            linkerSettings: staticRuntime
        ),
        // The operators' program judges by what the leader would.
        function(
            "Mirrors",
            [
                "ConfiguredStorage", "Events", "FunctionGateway", "FunctionRuntime", "JSON",
                "Linux", "MapBuilding", "MirrorCommands", "MirrorListImport", "Mirrors",
                "ObjectStorage", "Publishing", "Time",
            ],
            linkerSettings: staticRuntime + staticFoundationXML
        ),

        // For tests and development only.
        .target(
            name: "TestSupport",
            dependencies: ["ObjectStorage", "RegionMapFormat"],
            path: "Tests/TestSupport"
        ),
        // A deployment in memory, for the tests of what tells people how it is.
        .target(
            name: "SampleDeployment",
            dependencies: [
                "Catalogs", "CheckStates", "HealthFormat", "JSON", "Mirrors", "ObjectStorage",
                "TestSupport", "Time",
            ],
            path: "Tests/SampleDeployment"
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
            dependencies: ["ConfiguredStorage", "FunctionRuntime", "ObjectStorage"],
            path: "Tests/Contender"
        ),

        // Prints docs/configuration.md.
        .executableTarget(
            name: "configuration-document",
            dependencies: ["FunctionRuntime"],
            path: "Tests/Lint/ConfigurationDocument"
        ),

        // What no request may break; the fuzzer's and a test's.
        .target(
            name: "RequestJudge",
            dependencies: ["Bytes", "JSON", "Mirrors", "Pages", "Redirection", "RegionMapFormat"],
            path: "Tests/RequestJudge"
        ),

        // What no bytes from outside may do to a reader; the fuzzer's and a test's.
        .target(
            name: "ParserJudge",
            dependencies: [
                "AddressDatabases", "BlobFormat", "Bytes", "Catalogs", "CheckStates",
                "Events", "FileDetailsFormat", "FTPListing",
                "HealthFormat", "Histories", "HTTPListing", "HTTPTransport", "JSON", "Mirrors",
                "Redirection", "RegionMapFormat", "RsyncListing", "RunRecords", "StatusFacts",
                "Time",
            ],
            path: "Tests/ParserJudge"
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
                "Catalogs", "Checking", "CheckPlanning", "CheckStates", "FunctionRuntime",
                "HealthFormat", "JSON", "Linux", "MapBuilding", "MirrorListImport", "Mirrors",
                "ObjectStorage", "Publishing", "SimulatedClients", "TestSupport",
                "Time",
            ],
            path: "Tests/CheckingSimulation",
            exclude: ["README.md"]
        ),

        // They print figures; nothing depends on them.
        benchmark(
            "PublishingBench",
            named: "publishing-bench",
            ["Catalogs", "Hashing", "ObjectStorage", "Publishing", "Time"]
        ),
        benchmark("RegionMapBench", named: "region-map-bench", ["RegionMapFormat"]),
        benchmark(
            "StateBench",
            named: "state-bench",
            [
                "Catalogs", "CheckPlanning", "CheckStates", "JSON", "Linux", "MapBuilding",
                "MirrorStorage", "Mirrors", "ObjectStorage", "TestSupport", "Time",
            ]
        ),
        benchmark(
            "SelectionSimulation",
            named: "selection-simulation",
            [
                "Bytes", "Catalogs", "CheckStates", "HealthFormat", "MapBuilding",
                "MirrorListImport",
                "Mirrors", "Publishing", "Redirection", "RegionMapFormat", "SimulatedClients",
                "TestSupport",
                "Time",
            ]
        ),
        benchmark("CheckingSimulation", named: "checking-simulation", ["CheckingSimulation"]),
        benchmark(
            "RedirectorFixture",
            named: "redirector-fixture",
            [
                "FileDetailsFormat", "HealthFormat", "JSON", "Mirrors", "ObjectStorage",
                "RegionMapFormat", "Time",
            ]
        ),
        benchmark(
            "AddressBench",
            named: "address-bench",
            ["AddressDatabases", "Bytes", "Mirrors", "ObjectStorage", "Redirection"]
        ),
        benchmark(
            "AnswerBench",
            named: "answer-bench",
            [
                "Bytes", "Mirrors", "ObjectStorage", "Redirection", "RedirectionServer",
                "RegionMapFormat",
            ]
        ),
        benchmark(
            "PageBench",
            named: "page-bench",
            [
                "FileDetailsFormat", "JSON", "Linux", "Mirrors", "ObjectStorage", "Pages",
                "Redirection", "RedirectionServer", "Time",
            ]
        ),
        benchmark("StartBench", named: "start-bench"),

        tests("Bytes", on: .foundation, ["TestSupport"]),
        tests("Linux", on: .system, ["TestSupport"]),
        tests("Time", on: .foundation),
        tests("URLs", on: .foundation, ["TestSupport"]),
        tests("BlobFormat", on: .formats, ["Compression"]),
        tests("Compression", on: .system, ["TestSupport"]),
        tests(
            "ConfiguredStorage",
            on: .storage,
            ["FunctionRuntime", "ObjectStorage", "S3Storage", "TestSupport"]
        ),
        tests(
            "Catalogs",
            on: .formats,
            ["BlobFormat", "JSON", "Mirrors", "ObjectStorage", "TestSupport", "Time"]
        ),
        tests(
            "CheckStates",
            on: .formats,
            ["BlobFormat", "Catalogs", "Mirrors", "TestSupport", "Time"]
        ),
        tests(
            "CheckPlanning",
            on: .checker,
            ["Catalogs", "CheckStates", "HealthFormat", "Mirrors", "TestSupport", "Time"]
        ),
        tests(
            "Checking",
            on: .checker,
            [
                "Catalogs", "CheckPlanning", "CheckStates", "Events", "FunctionRuntime",
                "Hashing", "HealthFormat", "HealthStorage", "Heartbeats", "HTTPTransport", "JSON",
                "Linux",
                "Mirrors", "MirrorStorage", "ObjectStorage", "RsyncListing", "RunRecords",
                "TestSupport", "Time",
            ]
        ),
        tests(
            "CheckingSimulation",
            [
                "Bytes", "Catalogs", "CheckStates", "HealthFormat", "MapBuilding", "Mirrors",
                "Redirection",
                "RegionMapFormat", "SimulatedClients",
            ]
        ),
        tests("AddressDatabases", on: .formats, ["Bytes", "Mirrors", "TestSupport"]),
        tests("HolderFormat", on: .formats, ["RegionMapFormat", "TestSupport"]),
        tests("FileDetailsFormat", on: .formats, ["RegionMapFormat", "TestSupport"]),
        tests(
            "HealthFormat",
            on: .formats,
            ["JSON", "Mirrors", "RegionMapFormat", "TestSupport", "Time"]
        ),
        tests(
            "HealthStorage",
            on: .formats,
            [
                "HealthFormat", "JSON", "Mirrors", "ObjectStorage", "RegionMapFormat",
                "TestSupport", "Time",
            ]
        ),
        tests(
            "RunRecords",
            on: .formats,
            ["CheckStates", "JSON", "ObjectStorage", "TestSupport", "Time"]
        ),
        tests("Events", on: .formats, ["JSON", "ObjectStorage", "TestSupport", "Time"]),
        tests("Histories", on: .formats, ["BlobFormat", "Events", "TestSupport", "Time"]),
        tests("MapHolds", on: .formats, ["JSON", "ObjectStorage", "TestSupport", "Time"]),
        tests(
            "Heartbeats",
            on: .formats,
            ["Events", "FunctionRuntime", "ObjectStorage", "RunRecords", "TestSupport", "Time"]
        ),
        tests("FunctionGateway", on: .transports, ["FunctionRuntime", "TestSupport", "URLs"]),
        tests("FTPListing", on: .transports, ["Mirrors", "Time"]),
        tests("HTTPListing", on: .transports, ["HTTPTransport", "TestSupport"]),
        tests("FunctionRuntime", on: .runtime, ["JSON", "Mirrors", "TestSupport", "Time"]),
        tests("HTTPTransport", on: .transports, ["TestSupport", "Time", "URLs"]),
        tests("Hashing", on: .foundation),
        tests("JSON", on: .foundation, ["TestSupport"]),
        tests(
            "MapBuilding",
            on: .builder,
            [
                "Catalogs", "CheckStates", "Events", "FileDetailsFormat", "FunctionRuntime",
                "HealthFormat", "HealthStorage", "Heartbeats", "HolderFormat", "JSON", "MapHolds",
                "Mirrors", "MirrorStorage", "ObjectStorage", "RegionMapFormat", "RunRecords",
                "TestSupport", "Time",
            ]
        ),
        tests("MirrorListImport", on: .leader, ["TestSupport"]),
        tests(
            "MirrorStorage",
            on: .formats,
            ["JSON", "Mirrors", "ObjectStorage", "TestSupport"]
        ),
        tests("Mirrors", on: .values, ["JSON", "TestSupport"]),
        tests(
            "StorageCommands",
            on: .storageRole,
            [
                "Catalogs", "CheckStates", "Events", "FileDetailsFormat", "FunctionRuntime",
                "HealthFormat", "Histories", "JSON", "MapHolds", "Mirrors", "ObjectStorage",
                "RegionMapFormat", "RunRecords", "StatusFacts", "TestSupport", "Time",
            ]
        ),
        tests(
            "StatusFacts",
            on: .facts,
            [
                "BlobFormat", "Catalogs", "CheckStates", "Events", "HealthFormat", "JSON",
                "MapHolds", "Mirrors", "ObjectStorage", "RunRecords", "SampleDeployment",
                "TestSupport", "Time",
            ]
        ),
        tests(
            "MirrorCommands",
            on: .operators,
            [
                "Catalogs", "CheckStates", "Events", "FunctionRuntime", "HealthFormat", "JSON",
                "MapHolds", "Mirrors", "ObjectStorage", "RunRecords", "SampleDeployment",
                "TestSupport", "Time",
            ]
        ),
        tests(
            "Notices",
            on: .status,
            [
                "FunctionRuntime", "Heartbeats", "JSON", "Mirrors", "ObjectStorage", "StatusFacts",
                "TestSupport", "Time",
            ]
        ),
        tests(
            "StatusPages",
            on: .status,
            [
                "Catalogs", "CheckStates", "Events", "FunctionRuntime", "HealthFormat",
                "Heartbeats", "Histories", "JSON", "Mirrors", "ObjectStorage", "RunRecords",
                "SampleDeployment", "StatusFacts", "TestSupport", "Time",
            ]
        ),
        tests("ObjectStorage", on: .storage, ["Bytes", "TestSupport", "URLs"]),
        tests(
            "Pages",
            on: .redirector,
            [
                "Bytes", "FileDetailsFormat", "HealthFormat", "HolderFormat", "JSON", "Mirrors",
                "Redirection",
                "RegionMapFormat", "TestSupport", "Time",
            ]
        ),
        tests(
            "Publishing",
            on: .leader,
            [
                "AddressDatabases", "Bytes", "Catalogs", "Compression", "Events", "Hashing",
                "HolderFormat", "JSON",
                "MirrorListImport",
                "Mirrors", "MirrorStorage", "ObjectStorage", "RsyncListing", "TestSupport", "Time",
            ]
        ),
        tests(
            "LeaderRuns",
            on: .leader,
            [
                "Catalogs", "FunctionRuntime", "JSON", "MirrorStorage", "Mirrors", "ObjectStorage",
                "TestSupport",
            ]
        ),
        tests(
            "Redirection",
            on: .redirector,
            [
                "AddressDatabases", "Bytes", "HealthFormat", "JSON", "Mirrors", "RegionMapFormat",
                "TestSupport", "Time",
            ]
        ),
        tests(
            "RedirectionServer",
            on: .redirector,
            [
                "FunctionRuntime", "HealthFormat", "JSON", "Linux", "Mirrors", "ObjectStorage",
                "Redirection", "RegionMapFormat", "TestSupport", "Time",
            ]
        ),
        tests("RegionMapFormat", on: .formats, ["TestSupport"]),
        tests("ParserJudge", ["TestSupport"]),
        tests("RequestJudge", ["TestSupport"]),
        tests("RsyncListing", on: .transports, ["Mirrors", "TestSupport", "Time"]),
        tests(
            "S3Storage",
            on: .storage,
            [
                "ConfiguredStorage", "FunctionRuntime", "ObjectStorage", "TestSupport", "contender",
            ]
        ),
        tests("TestSupport"),
        // The edge is no target: it is compiled for wasm32, by Functions/Edge/build.sh.
        .testTarget(
            name: "EdgeTests",
            dependencies: [
                "Bytes", "FileDetailsFormat", "HealthFormat", "HolderFormat", "JSON", "Mirrors",
                "Pages", "Redirection", "RegionMapFormat", "TestSupport", "Time", "URLs",
                .product(name: "Yams", package: "Yams"),
            ],
            path: "Tests/EdgeTests",
            exclude: ["Programs"]
        ),
        .testTarget(
            name: "LocalGatewayTests",
            dependencies: [
                "FunctionRuntime", "local-gateway", "TestSupport",
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            path: "Tests/LocalGatewayTests",
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "Bytes", "Catalogs", "Checking", "CheckPlanning", "CheckStates", "JSON", "Mirrors",
                "ObjectStorage", "Publishing", "Redirection", "RegionMapFormat", "TestSupport",
                "Time",
            ],
            path: "Tests/EndToEndTests",
            exclude: ["README.md"]
        ),
    ],
    swiftLanguageModes: [.v6]
)

// libFuzzer brings its own `main`, so this target links only where `make fuzz` builds it.
if Context.environment["FUZZ"] != nil {
    for (name, folder, judge) in [
        ("request-fuzz", "RequestFuzz", "RequestJudge"),
        ("parser-fuzz", "ParserFuzz", "ParserJudge"),
    ] {
        package.targets.append(
            .executableTarget(
                name: name,
                dependencies: [.byName(name: judge)],
                path: "Tests/\(folder)",
                swiftSettings: [.unsafeFlags(["-parse-as-library"])]
            )
        )
    }
}

// The quick loop of `make test SUITES=Checking,CheckStates`: other suites are not even compiled.
if let suites = Context.environment["SUITES"], !suites.isEmpty {
    let wanted = Set(suites.split(separator: ",").map { "\($0)Tests" })
    package.targets.removeAll { $0.type == .test && !wanted.contains($0.name) }
}

for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + strict
}
