import Foundation
import Testing

@testable import local_gateway

@Suite struct StackFileTests {
    @Test func readsFunctionsInTheirOrderWithStringsOnly() throws {
        let stack = try StackFile(
            """
            provider:
              name: openfaas
            functions:
              web:
                image: ${IMAGE}
                environment:
                  PORT: 8080
                  RATE: 1.50
                  OCTAL: 010
                  ON: true
                  NOTHING: ~
              job:
                fprocess: /usr/local/bin/worker --fast
                readonly_root_filesystem: true
                environment:
                  exec_timeout: 1m5s
                secrets: [one, two]
                labels:
                  com.openfaas.scale.zero: true
                  com.openfaas.scale.zero-duration: 1m
                annotations:
                  topic: cron-function
                  schedule: "*/5 * * * *"
                  com.openfaas.ready.http.path: /ready
                limits:
                  memory: 64Mi
            """,
            variables: [:]
        )
        #expect(stack.functions.map(\.name) == ["web", "job"])
        let (web, job) = (stack.functions[0], stack.functions[1])
        #expect(
            web.environment == [
                "PORT": "8080", "RATE": "1.50", "OCTAL": "010", "ON": "true", "NOTHING": "",
            ]
        )
        #expect(web.command == ["web"] && web.schedule == nil && web.executionLimit == nil)
        #expect(!web.scalesToZero && web.memoryLimit == nil && !web.hasReadOnlyRoot)
        #expect(web.readinessPath == "/_/health")
        #expect(job.command == ["/usr/local/bin/worker", "--fast"])
        #expect(job.schedule == "*/5 * * * *" && job.executionLimit == 65)
        #expect(job.scalesToZero && job.idleSeconds == 60 && job.readinessPath == "/ready")
        #expect(job.memoryLimit == 64 << 20 && job.secrets == ["one", "two"])
        #expect(job.hasReadOnlyRoot)
    }

    static let memory: [(text: String, byteCount: Int?)] = [
        ("1000", 1_000), ("64Mi", 64 << 20), ("1Gi", 1 << 30), ("128M", 128_000_000),
        ("1k", 1_000), ("8Ki", 8 << 10), ("", nil), ("Mi", nil), ("1.5Gi", nil), ("1X", nil),
        ("9999999999Gi", nil),
    ]

    @Test(arguments: memory)
    func readsMemoryAsKubernetesDoes(_ row: (text: String, byteCount: Int?)) {
        let function = StackFile.Function(name: "job", limits: ["memory": row.text])
        #expect(function.memoryLimit == row.byteCount)
    }

    @Test(arguments: [
        "a: [", "functions: {}", "provider: {name: other}\nfunctions: {}",
        "version: 2\nprovider: {name: openfaas}\nfunctions: {}",
        "provider: {name: openfaas}", "provider: {name: openfaas}\nfunctions: [a]",
        "provider: {name: openfaas}\nfunctions: {a: {environment: {b: [1]}}}",
    ])
    func refusesOtherText(_ text: String) {
        #expect(throws: StackFile.Failure.self) { try StackFile(text, variables: [:]) }
    }
}
