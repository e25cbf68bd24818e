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

func shared(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    exclude: [String] = []
) -> Target {
    .target(name: name, dependencies: dependencies, path: "Shared/\(name)", exclude: exclude)
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

func tests(_ module: String, _ more: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(module)Tests",
        dependencies: [.byName(name: module)] + more,
        path: "Tests/\(module)Tests"
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
        .systemLibrary(name: "CLinux", path: "Shared/CLinux"),
        .systemLibrary(name: "CZlib", path: "Shared/CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CCurl",
            path: "Shared/CCurl",
            pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]
        ),

        // Values and formats.
        shared("JSON"),
        shared("Mirrors", ["JSON"]),
        shared("BlobFormat", ["CZlib"]),
        shared("Hashing"),
        shared("RegionMapFormat", exclude: ["FORMAT.md"]),
        shared("FileDetailsFormat", ["RegionMapFormat"], exclude: ["FORMAT.md"]),

        // Input and output.
        shared("FunctionRuntime", ["JSON", "Mirrors"]),
        shared("HTTPTransport", ["CCurl"]),
        shared("RsyncListing", ["Mirrors"]),
        shared("FTPListing", ["Mirrors"]),
        shared("ObjectStorage", ["JSON"]),
        shared(
            "S3Storage",
            ["BlobFormat", "FunctionRuntime", "HTTPTransport", "ObjectStorage"],
            exclude: ["FAULTS.md"]
        ),
        shared(
            "Catalogs",
            ["BlobFormat", "JSON", "Mirrors", "ObjectStorage"],
            exclude: ["FORMAT.md"]
        ),
        shared("CheckStates", ["BlobFormat", "Catalogs", "Mirrors"], exclude: ["FORMAT.md"]),

        shared(
            "StateStorage",
            [
                "BlobFormat", "Catalogs", "CheckStates", "FunctionRuntime", "JSON", "Mirrors",
                "ObjectStorage",
            ]
        ),

        shared(
            "Housekeeping",
            [
                "BlobFormat", "Catalogs", "CheckStates", "FileDetailsFormat", "JSON", "Mirrors",
                "ObjectStorage", "RegionMapFormat",
            ]
        ),

        // What the functions do.
        shared("MirrorListImport", ["JSON"]),
        shared(
            "Publishing",
            [
                "Catalogs", "Hashing", "JSON", "MirrorListImport", "Mirrors", "ObjectStorage",
                "RsyncListing", "StateStorage",
            ]
        ),
        shared(
            "Checking",
            [
                "Catalogs", "CheckStates", "FTPListing", "FunctionRuntime", "HTTPTransport",
                "JSON", "Mirrors", "ObjectStorage", "RsyncListing", "StateStorage",
            ]
        ),
        shared(
            "MapBuilding",
            [
                "Catalogs", "CheckStates", "FileDetailsFormat", "FunctionRuntime", "JSON",
                "Mirrors", "ObjectStorage", "RegionMapFormat", "StateStorage",
            ],
            exclude: ["REPORT.md"]
        ),
        shared("Redirection", ["FileDetailsFormat", "Mirrors", "RegionMapFormat"]),
        shared(
            "Pages",
            ["FileDetailsFormat", "JSON", "Mirrors", "Redirection", "RegionMapFormat"]
        ),
        shared(
            "RedirectionServer",
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
                "Publishing", "Redirection", "RegionMapFormat",
            ]
        ),
        benchmark(
            "RedirectorFixture",
            named: "redirector-fixture",
            ["JSON", "Mirrors", "ObjectStorage", "RegionMapFormat"]
        ),
        benchmark("AnswerBench", named: "answer-bench", ["Redirection", "RedirectionServer"]),
        benchmark("StartBench", named: "start-bench"),

        tests("BlobFormat"),
        tests(
            "Catalogs",
            ["BlobFormat", "JSON", "Mirrors", "ObjectStorage", "TestSupport"]
        ),
        tests("CheckStates", ["BlobFormat", "Catalogs", "Mirrors", "TestSupport"]),
        tests(
            "Checking",
            [
                "Catalogs", "CheckStates", "FunctionRuntime", "JSON", "Mirrors", "ObjectStorage",
                "RsyncListing", "StateStorage", "TestSupport",
            ]
        ),
        tests("FileDetailsFormat", ["RegionMapFormat"]),
        tests("FTPListing", ["Mirrors"]),
        tests("FunctionRuntime", ["JSON", "Mirrors"]),
        tests("HTTPTransport", ["TestSupport"]),
        tests("Hashing"),
        tests("JSON"),
        tests(
            "MapBuilding",
            [
                "Catalogs", "CheckStates", "FileDetailsFormat", "JSON", "Mirrors", "ObjectStorage",
                "RegionMapFormat",
                "StateStorage", "TestSupport",
            ]
        ),
        tests("MirrorListImport", ["JSON", "TestSupport"]),
        tests("Mirrors", ["JSON"]),
        tests(
            "Housekeeping",
            [
                "BlobFormat", "Catalogs", "CheckStates", "FileDetailsFormat", "JSON", "Mirrors",
                "ObjectStorage", "RegionMapFormat", "TestSupport",
            ]
        ),
        tests("ObjectStorage", ["TestSupport"]),
        tests("Pages", ["FileDetailsFormat", "JSON", "Mirrors", "Redirection", "RegionMapFormat"]),
        tests(
            "Publishing",
            [
                "Catalogs", "Hashing", "JSON", "MirrorListImport", "Mirrors", "ObjectStorage",
                "RsyncListing",
                "StateStorage",
                "TestSupport",
            ]
        ),
        tests("Redirection", ["JSON", "Mirrors", "RegionMapFormat", "TestSupport"]),
        tests(
            "RedirectionServer",
            [
                "FunctionRuntime", "JSON", "Mirrors", "ObjectStorage", "Redirection",
                "RegionMapFormat", "TestSupport",
            ]
        ),
        tests("RegionMapFormat"),
        tests("RequestJudge"),
        tests("RsyncListing", ["Mirrors", "TestSupport"]),
        tests(
            "S3Storage",
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

for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + strict
}
