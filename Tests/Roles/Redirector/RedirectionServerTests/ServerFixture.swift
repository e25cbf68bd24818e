import Glibc
import Mirrors
import ObjectStorage
import Redirection
import RedirectionServer
import RegionMapFormat

/// A server on a free port, with a store of its own in a temporary folder.
final class ServerFixture {
    let store: FileStore
    let server: RedirectionServer

    init(
        withMap: Bool = true,
        _ change: (inout RedirectorSettings) -> Void = { _ in }
    ) throws {
        let folder = "/tmp/redirector-test-\(UInt64.random(in: .min ... .max))"
        store = FileStore(folder: folder)
        if withMap {
            try store.put(BlobKey("maps/europe.map"), try Self.map(mirror: "first"))
        }
        var settings = RedirectorSettings(
            region: "europe",
            answers: AnswerSettings(fallbackURL: Array("https://fallback.example/".utf8))
        )
        settings.storageURL = "file://\(folder)"
        settings.listen = "127.0.0.1"
        settings.port = 0
        settings.refreshSeconds = 1
        change(&settings)
        server = try RedirectionServer(settings)
    }

    deinit {
        server.shutDown()
        for key in (try? store.list(prefix: "")) ?? [] { try? store.delete(key) }
        unsafe rmdir("\(store.folder)/maps")
        unsafe unlink("\(store.folder)/.lock")
        unsafe rmdir(store.folder)
    }

    func client() throws -> LoopbackClient {
        try LoopbackClient(port: server.port)
    }

    /// A map of one mirror that holds `/file`.
    static func map(mirror: String, generation: UInt32 = 1) throws -> [UInt8] {
        var writer = RegionMapWriter(
            regionID: "europe",
            catalogGeneration: generation,
            builtAt: 1_700_000_000
        )
        _ = try writer.addAccessPoint(
            RegionMapAccessPoint(
                id: "\(mirror)-http",
                mirrorID: mirror,
                mirrorName: mirror,
                baseURL: "http://\(mirror).example/",
                clientCountries: "",
                scheme: .http
            )
        )
        try writer.add(path: Array("file".utf8), replicas: [0])
        return try writer.finished()
    }
}
