import Foundation
import JSON
import TestSupport
import Yams

/// The double of CloudFront on loopback, with the function as its zip would contain it.
final class CloudFront: Sendable {
    /// The template's settings for the distribution.
    struct Policy: Sendable {
        var cacheHeaders: [String]
        var originHeaders: [String]
        var readable: [String]
        var maxTTL: Int64 = 0

        /// The policy of Deployment/aws/template.yaml.
        init() throws {
            let path = "\(Repository.root)/Deployment/aws/template.yaml"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let document = try Template(text)
            cacheHeaders = try document.strings(
                "RedirectCachePolicy.Properties.CachePolicyConfig"
                    + ".ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig.Headers"
            )
            originHeaders = try document.strings(
                "RedirectRequestPolicy.Properties.OriginRequestPolicyConfig.HeadersConfig.Headers"
            )
            readable = try document.edgeReads()
        }
    }

    private let folder: TemporaryFolder
    private let child: ChildProcess
    private let streams: FunctionStreams
    let port: Int

    /// Starts it with the blobs in `folder`/state; `configuration` is the function's.
    ///
    /// With a `certificate` the distribution has TLS, and the function does not get the URL of the
    /// state: it finds it under the distribution's own name.
    init(
        _ folder: TemporaryFolder,
        _ policy: Policy,
        configuration: JSONObject = EdgeWorld.configuration,
        certificate: (PrivateAuthority, PrivateAuthority.Certificate)? = nil,
        replicaIn region: String = "eu-central-1",
        node: Int = 24
    ) throws {
        self.folder = folder
        let app = try folder.makeFolder("app")
        for name in try FileManager.default.contentsOfDirectory(atPath: EdgeModule.hosts) {
            try FileManager.default.copyItem(
                atPath: "\(EdgeModule.hosts)/\(name)",
                toPath: "\(app)/\(name)"
            )
        }
        try FileManager.default.copyItem(
            atPath: "\(try EdgeModule.built())/redirector.wasm",
            toPath: "\(app)/redirector.wasm"
        )
        let port = try freePort()
        var configuration = configuration
        if certificate == nil {
            configuration["STATE_URL"] = .string("http://127.0.0.1:\(port)/_/state/")
        }
        try folder.write("\(JSONValue.object(configuration))", to: "app/config.json")
        let strings = { (texts: [String]) in JSONValue.array(texts.map { .string($0) }) }
        var json: JSONObject = [
            "originHost": "fallback.example", "cacheHeaders": strings(policy.cacheHeaders),
            "originHeaders": strings(policy.originHeaders), "readable": strings(policy.readable),
            "minTTL": 0, "defaultTTL": 0, "maxTTL": .integer(policy.maxTTL),
        ]
        var environment = ["PATH": "/usr/bin:/bin", "AWS_REGION": region]
        if let (authority, certificate) = certificate {
            json["tls"] = [
                "key": .string(certificate.keyFile), "cert": .string(certificate.file),
            ]
            environment["NODE_EXTRA_CA_CERTS"] = authority.certificateFile
        }
        let policyPath = try folder.write("\(JSONValue.object(json))", to: "policy.json")
        streams = try FunctionStreams()
        child = try FunctionBinary(EdgeModule.node(node), environment: environment)
            .start(
                arguments: [
                    "\(Repository.root)/Tests/EdgeTests/Programs/cloudfront.mjs",
                    "\(app)/lambda-edge.mjs", folder.appending("state"), policyPath, "\(port)",
                ],
                streams: streams
            )
        self.port = port
        let isUp = eventually(within: 60, every: 0.02) { [streams] in
            (try? streams.printed.isEmpty) == false
        }
        guard isUp else { throw EdgeModule.Failure(description: try streams.log) }
    }

    deinit {
        child.signal(9)
        _ = child.wait()
    }

    func get(_ target: String, _ headers: [String: String] = [:]) throws -> HTTPResponse {
        try HTTPConnection(port: port)
            .response(to: HTTPRequest("GET", target, headers: headers))
    }

    func signal(_ number: Int32) { child.signal(number) }

    var log: String { get throws { try streams.log } }

    /// Sets how the state answers: ok, down, slow, torn; returns the double's counts.
    @discardableResult
    func control(state: String? = nil) throws -> JSONObject {
        let response = try get("/_/control", state.map { ["X-Test-State": $0] } ?? [:])
        guard case .object(let counts) = try JSONValue(parsing: response.body) else { return [:] }
        return counts
    }
}

/// A CloudFormation template, whose short forms (`!Ref`) are read as the values that follow them.
struct Template {
    private let resources: Node

    init(_ text: String) throws {
        guard let root = try compose(yaml: text), let resources = root["Resources"] else {
            throw EdgeModule.Failure(description: "no Resources in the template")
        }
        self.resources = resources
    }

    func node(_ path: String) throws -> Node {
        try path.split(separator: ".").reduce(resources) { node, key in
            guard let next = node[String(key)] else {
                throw EdgeModule.Failure(description: "\(path): no \(key) in the template")
            }
            return next
        }
    }

    func strings(_ path: String) throws -> [String] {
        try node(path).sequence?.compactMap { $0.string } ?? []
    }

    /// The keys in the bucket that CloudFront may read, as patterns.
    func edgeReads() throws -> [String] {
        let statements = try node("StatePolicy.Properties.PolicyDocument.Statement").sequence ?? []
        guard let edge = statements.first(where: { $0["Effect"]?.string == "Allow" }) else {
            return []
        }
        return edge["Resource"]?.sequence?.compactMap { node in
            node.scalar?.string.replacingOccurrences(of: "${State.Arn}/_/state/", with: "")
        } ?? []
    }
}
