import Bytes
import Foundation
import Mirrors
import Redirection
import RegionMapFormat
import TestSupport
import Time

/// Mirrors behind real web servers over hours: functions on the template's schedules, a clock that
/// is moved, and the redirects that their maps and health imply at each moment.
final class TimeTrial {
    let folder: TemporaryFolder
    let master: SampleTree
    let names: [String]
    private let server: Nginx
    /// Serves only the last mirror, which has outages.
    let lonelyServer: Nginx
    private let environment: [String: String]
    var clock: MovedClock
    /// The paths that each mirror lacks because of its fault.
    var wrong: [String: Set<String>] = [:]
    private(set) var roundCount = 0

    /// The trial begins `minutes` of its own time before now.
    init(distfiles: Int, mirrors: [String], minutes: Int) throws {
        folder = try TemporaryFolder("time-trial")
        master = SampleTree(distfiles: distfiles)
        names = mirrors
        try master.write(to: folder.appending("master"))
        for name in mirrors {
            let place = try folder.makeFolder("mirrors") + "/\(name)"
            let copying = try FunctionBinary("/bin/cp")
                .run(arguments: ["-al", folder.appending("master"), place])
            guard copying.isSuccess else { throw EndToEndError.failed("cp", copying) }
        }
        server = try MirrorNetwork.server(of: folder.appending("mirrors"))
        lonelyServer = try MirrorNetwork.server(of: folder.appending("mirrors"))
        let (port, lonelyPort) = (server.port, lonelyServer.port)
        let list = MirrorListDocument(
            entries: mirrors.map { name in
                MirrorListDocument.Entry(
                    name: name,
                    region: "Europe",
                    country: "DE",
                    countryName: "Germany",
                    url: "http://127.0.0.1:\(name == mirrors.last ? lonelyPort : port)/\(name)/"
                )
            }
        )
        try folder.write(list.xml, to: "distfiles.xml")
        environment = [
            "STORAGE_URL": "file://" + (try folder.makeFolder("storage")),
            "TREE": folder.appending("master"),
            "MIRRORS": "file://" + folder.appending("distfiles.xml"),
            // All mirrors share one address here.
            "CHECK_RATE": "0", "LOG_LEVEL": "error",
        ]
        clock = MovedClock(offset: -60 * minutes)
    }

    deinit {
        server.stop()
        lonelyServer.stop()
    }

    var storageURL: String { environment["STORAGE_URL"] ?? "" }

    // MARK: - Functions

    func run(_ name: String, _ request: String = "") throws {
        let result = try Product.function(name, environment: environment)
            .run(request, environment: clock.environment, seconds: 120)
        guard result.isSuccess else { throw EndToEndError.failed(name, result) }
    }

    func publish() throws { try run("leader") }
    func probe() throws { try run("checker", #"{"mode":"probe"}"#) }
    func check() throws { try run("checker", #"{"mode":"check"}"#) }
    func build() throws { try run("builder") }

    /// Five minutes of the template's schedules, with one probe instead of five; or `minutes`,
    /// after which the functions run once.
    func pass(minutes: Int = 5) throws {
        clock.pass(minutes: minutes)
        roundCount += 1
        try probe()
        try check()
        try build()
    }

    /// Five minutes in which no function runs.
    func sleep() { clock.pass(minutes: 5) }

    // MARK: - Offers

    /// For each mirror, the paths of the master for which a client can be redirected there.
    func offers() throws -> [String: Set<String>] { try offers(of: paths) }

    /// Whether any mirror is offered for a path.
    func isOffered(_ path: String) throws -> Bool {
        try offers(of: [path]).values.contains { $0.contains(path) }
    }

    private func offers(of paths: [String]) throws -> [String: Set<String>] {
        let now = Timestamp(secondsSinceEpoch: clock.now)
        let health = try HealthReport(StableBytes(copying: try blob("health")))
        let snapshot = try Snapshot(
            map: StableBytes(copying: try blob("maps/europe.map")),
            verifying: true,
            health: CurrentHealth(health, seenAt: now, at: now, maximumAge: 900)
        )
        let ids = try mirrorsByAccessPoint()
        var offers: [String: Set<String>] = [:]
        for name in names { offers[name] = [] }
        var selection = Selection()
        for path in paths {
            guard
                snapshot.select(
                    path: Array(path.utf8),
                    for: Client(address: nil),
                    limit: Selection.capacity,
                    into: &selection
                )
            else { continue }
            for position in 0..<selection.count {
                let text = Self.id(at: selection.accessPoint(at: position), in: snapshot)
                offers[ids[text] ?? text, default: []].insert(path)
            }
        }
        return offers
    }

    private struct MirrorFile: Decodable {
        struct Mirror: Decodable {
            struct Point: Decodable {
                let id: String
            }
            let name: String
            let accessPoints: [Point]
        }
        let mirrors: [Mirror]
    }

    /// The names of mirrors by the ids of their access points.
    private func mirrorsByAccessPoint() throws -> [String: String] {
        let file = try JSONDecoder().decode(MirrorFile.self, from: Data(try blob("mirrors.json")))
        let pairs = file.mirrors.flatMap { mirror in
            mirror.accessPoints.map { ($0.id, mirror.name) }
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    private static func id(at index: Int, in snapshot: Snapshot) -> String {
        let table = snapshot.table
        var bytes: [UInt8] = []
        let id = table.id(of: table.entries[index])
        for index in id.indices { bytes.append(id[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The number of wrong offers of each mirror.
    func wrongCounts() throws -> [String: Int] {
        let offers = try offers()
        return wrong.reduce(into: [:]) { counts, entry in
            counts[entry.key] = offers[entry.key]?.intersection(entry.value).count ?? 0
        }
    }

    /// Files and links to files of the master.
    lazy var paths: [String] = master.entries.filter { entry in
        switch entry.value {
        case .directory: false
        case .file: true
        case .symlink(let target): target.contains(".") && entry.key.hasPrefix("distfiles/")
        }
    }.keys.sorted()

    private func blob(_ key: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.appending("storage/\(key)"))))
    }

    // MARK: - Faults

    /// The folders below distfiles/.
    lazy var folders: [String] = Set(
        paths.compactMap { path -> String? in
            let parts = path.split(separator: "/")
            return parts.count == 3 && parts[0] == "distfiles" ? String(parts[1]) : nil
        }
    ).sorted()

    /// The files in a folder, and the links to them.
    func paths(inFolder folder: String) -> Set<String> {
        let files = paths.filter { $0.hasPrefix("distfiles/\(folder)/") }
        return Set(files + files.map { "distfiles/" + ($0.split(separator: "/").last ?? "") })
    }

    func place(_ path: String, at mirror: String) -> String {
        folder.appending("mirrors/\(mirror)/\(path)")
    }

    func lose(folders: [String], at mirror: String) throws {
        for folder in folders {
            try FileManager.default.removeItem(atPath: place("distfiles/\(folder)", at: mirror))
            wrong[mirror, default: []].formUnion(paths(inFolder: folder))
        }
    }

    /// Makes the server answer 403 for everything in the folders.
    func refuse(folders: [String], at mirror: String) throws {
        for folder in folders {
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o700],
                ofItemAtPath: place("distfiles/\(folder)", at: mirror)
            )
            wrong[mirror, default: []].formUnion(paths(inFolder: folder))
        }
    }

    func lose(files: [String], at mirror: String) throws {
        for file in files {
            try FileManager.default.removeItem(atPath: place(file, at: mirror))
            let name = file.split(separator: "/").last ?? ""
            wrong[mirror, default: []].formUnion([file, "distfiles/\(name)"])
        }
    }
}
