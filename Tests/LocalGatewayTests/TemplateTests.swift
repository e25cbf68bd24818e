import Foundation
import FunctionRuntime
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
                "redirector", "leader", "checker-probe", "checker", "builder", "status",
                "housekeeping",
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
                "status": "*/5 * * * *",
                "housekeeping": "17 */6 * * *",
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
        #expect(images["redirector"] == "set-registry.invalid/redirector:latest")
        #expect(images["housekeeping"] == "set-registry.invalid/storage:latest")
    }

    @Test func endsEveryBudgetBeforeItsExecutionLimit() throws {
        for function in try Self.template().functions {
            guard let budget = function.environment["CHECK_BUDGET_SECONDS"] else { continue }
            let seconds = try #require(Int(budget))
            let limit = try #require(function.executionLimit)
            #expect(seconds + 10 <= limit, "\(function.name)")
        }
    }

    /// With the classic watchdog an interval of 0 never drains, the default drains for half a
    /// minute, and an answer after write_timeout is lost.
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

    /// The community edition refuses to deploy with these labels, with `zero` only if it is "true"
    /// (faas-netes pkg/handlers/validate.go:59-98), and with more than five replicas.
    @Test func deploysOnTheCommunityEditionByDefault() throws {
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

    /// Knative refuses these names; `faas-cli generate` passes on the environment unchanged.
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

    /// The variables of the watchdog itself.
    private static let watchdogVariables: Set<String> = [
        "combine_output", "content_type", "read_timeout", "write_timeout", "exec_timeout",
        "healthcheck_interval", "max_inflight",
    ]

    /// Variables that a probe does not use.
    private static let variablesOfChecksAlone: Set<String> = ["GATEWAY_URL", "CHECK_FAN_OUT"]

    /// The program of a function, which has the name of its image.
    private static func program(of function: StackFile.Function) -> String {
        function.image.split(separator: "/").last?.split(separator: ":").first.map(String.init)
            ?? ""
    }

    @Test func passesEverySettingOn() throws {
        let site = Dictionary(
            uniqueKeysWithValues: Setting.all.map { ($0.name, "value-of-\($0.name)") }
        )
        for function in try Self.template(site).functions {
            let settings = Setting.all(of: Self.program(of: function))
            #expect(!settings.isEmpty, "\(function.name)")
            for setting in settings {
                let value = function.environment[setting.name]
                switch setting.deployment {
                case .passed:
                    if function.name == "checker-probe" {
                        if Self.variablesOfChecksAlone.contains(setting.name) { continue }
                        if setting.name == "CHECK_BUDGET_SECONDS" { continue }
                    }
                    #expect(value == site[setting.name], "\(function.name): \(setting.name)")
                case .fixed:
                    #expect(value != nil && value != site[setting.name], "\(setting.name)")
                case .leftOut:
                    #expect(value == nil, "\(function.name): \(setting.name)")
                }
            }
            let known = Set(settings.map(\.name)).union(Self.watchdogVariables)
            let unknown = Set(function.environment.keys).subtracting(known)
            #expect(unknown.isEmpty, "\(function.name)")
        }
    }

    /// Deviations from the code's defaults have reasons: a call by cron may take 290 s, a probe 50
    /// s, and clients come through the ingress.
    @Test func hasTheDefaultsOfTheCode() throws {
        for function in try Self.template().functions {
            for setting in Setting.all(of: Self.program(of: function)) {
                guard let standard = setting.standardValue, setting.deployment == .passed,
                    !["STORAGE_URL", "CHECK_BUDGET_SECONDS"].contains(setting.name)
                else { continue }
                let value = function.environment[setting.name] ?? ""
                #expect(value.isEmpty || value == standard, "\(function.name): \(setting.name)")
            }
        }
    }

    /// For the assumed peak of one call see the figures in docs/performance.md.
    @Test func leavesEveryCallRoomInMemory() throws {
        let peaks = ["leader": 128, "checker": 400, "builder": 128, "status": 128, "storage": 128]
        for function in try Self.template().functions where function.process != nil {
            let calls = try #require(function.environment["max_inflight"].flatMap { Int($0) })
            let limit = try #require(function.memoryLimit)
            let isProbe = function.environment["CHECK_MODE"] == "probe"
            let peak = isProbe ? 100 : try #require(peaks[Self.program(of: function)])
            #expect(calls * peak << 20 <= limit, "\(function.name)")
        }
    }

    @Test func servesEveryClientsRegionWhereItIsAsked() throws {
        for function in try Self.template(["REGION": "auto"]).functions {
            guard function.environment["REGION"] != nil else { continue }
            #expect(function.environment["DEFAULT_REGION"] == "europe", "\(function.name)")
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
