import Foundation
import TestSupport
import Testing

@testable import local_gateway

/// The stack file that is deployed.
@Suite struct TemplateTests {
    private static let text: String = {
        let path = "\(Repository.root)/template.yaml"
        return (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }()

    private static func template(_ variables: [String: String] = [:]) throws -> StackFile {
        try StackFile(text, variables: variables)
    }

    /// All keys that faas-cli 0.18.12 reads (go-sdk/stack/schema.go); it ignores others silently.
    private static let knownKeys: Set<String> = [
        "lang", "handler", "image", "fprocess", "environment", "environment_file", "secrets",
        "skip_build", "constraints", "labels", "annotations", "limits", "requests",
        "readonly_root_filesystem", "build_options", "build_args", "build_secrets", "namespace",
        "platforms",
    ]

    @Test func holdsTheFunctionsInTheOrderOfTheirWork() throws {
        let functions = try Self.template().functions
        #expect(
            functions.map(\.name) == [
                "redirector", "leader", "checker-probe", "checker", "builder",
            ]
        )
        #expect(functions.filter { $0.process == nil }.map(\.name) == ["redirector"])
    }

    @Test func usesNoKeyThatWouldBeIgnored() throws {
        for function in try Self.template().functions {
            #expect(function.keys.subtracting(Self.knownKeys).isEmpty, "\(function.name)")
        }
    }

    /// The name is not checked by faas-cli; faas-netes wants a DNS label of 63 characters at most.
    @Test func namesFunctionsAsKubernetesWantsThem() throws {
        for function in try Self.template().functions {
            #expect(function.name.wholeMatch(of: /[a-z0-9]([-a-z0-9]*[a-z0-9])?/) != nil)
            #expect(function.name.utf8.count <= 63)
        }
    }

    @Test func schedulesEverythingButTheRedirector() throws {
        let schedules = try Self.template().functions.map { ($0.name, $0.schedule) }
        #expect(
            Dictionary(uniqueKeysWithValues: schedules) == [
                "redirector": nil, "leader": "*/10 * * * *", "checker-probe": "* * * * *",
                "checker": "*/5 * * * *", "builder": "* * * * *",
            ]
        )
        for case (_, let schedule?) in schedules {
            #expect(throws: Never.self) { try CronSchedule(schedule) }
        }
    }

    @Test func runsTheProbeFromTheCheckersImage() throws {
        let functions = try Self.template().functions
        let images = Dictionary(uniqueKeysWithValues: functions.map { ($0.name, $0.image) })
        #expect(images["checker-probe"] == images["checker"])
        #expect(images["redirector"] == "ghcr.io/redirector/redirector:latest")
    }

    @Test func endsEveryBudgetBeforeItsExecutionLimit() throws {
        for function in try Self.template().functions {
            guard let budget = function.environment["CHECK_BUDGET_SECONDS"] else { continue }
            let seconds = try #require(Int(budget))
            let limit = try #require(function.executionLimit)
            #expect(seconds + 10 <= limit, "\(function.name)")
        }
    }

    /// Of the classic watchdog: an interval of 0 never drains, the default drains for half a minute, and
    /// an answer after write_timeout is lost.
    @Test func setsWhatTheWatchdogGetsWrongByDefault() throws {
        for function in try Self.template().functions where function.process != nil {
            let environment = function.environment
            #expect(environment["combine_output"] == "false", "\(function.name)")
            let interval = try #require(environment["healthcheck_interval"])
            #expect(try #require(Duration.seconds(in: interval)) > 0, "\(function.name)")
            let limit = try #require(function.executionLimit)
            for name in ["read_timeout", "write_timeout"] {
                let timeout = environment[name].flatMap(Duration.seconds(in:))
                #expect(try #require(timeout) > limit, "\(function.name)")
            }
        }
    }

    @Test func locksEveryFunctionIn() throws {
        for function in try Self.template().functions {
            #expect(function.hasReadOnlyRoot, "\(function.name)")
            #expect(function.memoryLimit != nil, "\(function.name)")
            let kind = function.name == "redirector" ? "s3-read" : "s3"
            #expect(
                function.secrets == ["\(kind)-access-key", "\(kind)-secret-key"],
                "\(function.name)"
            )
        }
    }

    /// A setting that the stack file drops is one that a site cannot change: it is documented, and
    /// nothing happens.
    @Test func passesEverySettingOfTheRedirector() throws {
        let readme = try String(contentsOfFile: "\(Repository.root)/README.md", encoding: .utf8)
        let start = try #require(readme.range(of: "\nredirector:\n\n| variable"))
        let end = try #require(readme[start.upperBound...].range(of: "\n\n"))
        let documented = Set(
            readme[start.upperBound..<end.lowerBound].split(separator: "\n").flatMap { row in
                row.split(separator: "|")[0].matches(of: /`([A-Z0-9_]+)`/).map { String($0.1) }
            }
        )
        #expect(documented.count > 25)
        let read = try Self.settings(readIn: "Shared/Roles/Redirector")
        // What the image and the platform fix, and what stands in the table of all functions.
        let fixed: Set = ["PORT", "LISTEN", "STORAGE_PROGRAM", "GATEWAY_INTERFACE", "TMPDIR"]
        let ofAll: Set = ["STORAGE_URL", "S3_ENDPOINT"]
        #expect(read.subtracting(fixed).subtracting(ofAll).subtracting(documented).isEmpty)
        #expect(documented.subtracting(read).isEmpty)
        let redirector = try #require(try Self.template().functions.first)
        let passed = Set(redirector.environment.keys)
        let missing = documented.subtracting(fixed).subtracting(passed)
        #expect(missing.isEmpty, "template.yaml does not pass \(missing.sorted())")
        #expect(passed.isSubset(of: documented.union(ofAll).union(Self.settingsOfStorage)))
        // And each of them from the environment of faas-cli.
        for name in documented.subtracting(fixed).subtracting(["CACHE_DIR"]) {
            let changed = try Self.template([name: "changed"]).functions.first
            #expect(changed?.environment[name] == "changed", "\(name)")
        }
    }

    private static let settingsOfStorage: Set = [
        "S3_REGION", "S3_ADDRESSING", "S3_CHECKSUMS", "LOG_LEVEL",
    ]

    /// The variables that the sources below `folder` read.
    private static func settings(readIn folder: String) throws -> Set<String> {
        var names: Set<String> = []
        let root = URL(fileURLWithPath: "\(Repository.root)/\(folder)")
        let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
        let reading = /(?:environment\[|integer\(\s*|named: )"([A-Z0-9_]+)"/
        for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            names.formUnion(text.matches(of: reading).map { String($0.1) })
        }
        return names
    }

    /// The community edition refuses to deploy with these labels, with `zero` only when it is "true"
    /// (faas-netes pkg/handlers/validate.go:59-98); and more than five replicas.
    @Test func deploysOnTheCommunityEditionUnlessToldOtherwise() throws {
        let refused = ["zero-duration", "target", "type"].map { "com.openfaas.scale.\($0)" }
        for function in try Self.template().functions {
            #expect(function.labels["com.openfaas.scale.zero"] == "false", "\(function.name)")
            #expect(refused.allSatisfy { function.labels[$0] == nil }, "\(function.name)")
            for name in ["com.openfaas.scale.min", "com.openfaas.scale.max"] {
                let replicas = try #require(function.labels[name].flatMap { Int($0) })
                #expect((1...5).contains(replicas), "\(function.name)")
            }
        }
        for function in try Self.template(["SCALE_TO_ZERO": "true"]).functions {
            #expect(function.scalesToZero, "\(function.name)")
        }
    }

    /// Knative refuses these names; `faas-cli generate` passes the environment on as it is.
    @Test func setsNoVariableThatKnativeReserves() throws {
        for function in try Self.template().functions {
            for name in ["PORT", "K_SERVICE", "K_CONFIGURATION", "K_REVISION"] {
                #expect(function.environment[name] == nil, "\(function.name)")
            }
        }
    }

    @Test func takesWhatASiteChangesFromTheEnvironment() throws {
        let site = [
            "STORAGE_URL": "s3://bucket", "S3_ENDPOINT": "https://s3.example.org",
            "REGISTRY": "registry.example.org", "TAG": "1.2",
        ]
        for function in try Self.template(site).functions {
            #expect(function.environment["STORAGE_URL"] == "s3://bucket", "\(function.name)")
            #expect(function.environment["S3_ENDPOINT"] == "https://s3.example.org")
            #expect(function.image.hasPrefix("registry.example.org/"))
            #expect(function.image.hasSuffix(":1.2"))
        }
    }

    @Test func servesAnotherRegionFromTheSameFile() throws {
        let functions = try Self.template(["REGION": "asia", "CHECK_REGIONS": "asia,europe"])
            .functions
        let regions = functions.compactMap { function in
            function.environment["REGION"].map { (function.name, $0) }
        }
        #expect(
            Dictionary(uniqueKeysWithValues: regions) == [
                "redirector": "asia", "checker-probe": "asia", "checker": "asia",
            ]
        )
        let checker = try #require(functions.first { $0.name == "checker" })
        #expect(checker.environment["CHECK_REGIONS"] == "asia,europe")
    }
}
