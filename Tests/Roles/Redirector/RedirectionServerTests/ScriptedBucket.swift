import Foundation
import Glibc
import HealthFormat
import Linux
import Mirrors
import ObjectStorage
import Redirection
import RedirectionServer
import Testing
import TestSupport
import Time

/// A local folder that serves as a bucket, and a program in place of `storage` that fetches from it
/// as slowly as a test wants.
final class ScriptedBucket: Sendable {
    private let folder: TemporaryFolder
    let blobs: FileStore
    private let program: String

    init() throws {
        folder = try TemporaryFolder("bucket")
        blobs = FileStore(folder: folder.appending("blobs"))
        try folder.makeFolder("cache")
        // A blob hangs as long as a file `KEY.hangs` exists beside it.
        let script = """
            echo "$*" >> \(folder.path)/runs
            shift
            while [ $# -gt 0 ]; do
                key=$1 file=$3 tag=; shift 3
                if [ "$1" = --if-changed-from ]; then tag=$2; shift 2; fi
                (
                    blob=\(blobs.folder)/$key
                    waited=0
                    while [ -e "\(folder.path)/$(basename "$key").hangs" ] && [ $waited -lt 600 ]; \
                    do
                        sleep 0.05; waited=$((waited + 1))
                    done
                    new=$(cksum 2>/dev/null < "$blob" | tr ' ' -)
                    if [ ! -e "$blob" ]; then echo \
                    "{\\"key\\":\\"$key\\",\\"outcome\\":\\"absent\\"}"
                    elif [ "$new" = "$tag" ]; then
                        echo "{\\"key\\":\\"$key\\",\\"outcome\\":\\"unchanged\\"}"
                    else
                        cp "$blob" "$file"
                        echo "{\\"key\\":\\"$key\\",\\"outcome\\":\\"changed\\",\
                        \\"tag\\":\\"$new\\"}"
                    fi
                ) &
            done
            wait
            """
        program = try folder.writeProgram(script, to: "storage")
    }

    /// Delays the blob with this name, the last part of its key, until ``release(_:)``.
    func hang(_ name: String) throws {
        try folder.write("", to: "\(name).hangs")
    }

    func release(_ name: String) {
        unsafe unlink(folder.appending("\(name).hangs"))
    }

    /// Flips a bit in the copy of the map of Europe without changing its time and length.
    func damageTheCopy() throws {
        let cache = folder.appending("cache")
        let name = try #require(
            try FileManager.default.subpathsOfDirectory(atPath: cache)
                .first { $0.hasSuffix("/maps/europe.map") }
        )
        try flipBit(ofFileAt: "\(cache)/\(name)")
    }

    /// The arguments of each run of the program.
    var runs: [Substring] {
        let text = try? String(contentsOfFile: folder.appending("runs"), encoding: .utf8)
        return text?.split(separator: "\n") ?? []
    }

    /// The number of times that the program has been started.
    var runCount: Int { runs.count }

    /// Puts a map of one mirror that holds `/file` into the bucket.
    func put(mirror: String, region: String = "europe", generation: UInt32 = 1) throws {
        let map = try ServerFixture.map(mirror: mirror, generation: generation)
        try blobs.put(BlobKey("maps/\(region).map"), map)
    }

    /// Puts health of this moment into the bucket.
    func putHealth() throws {
        var health = Health()
        health.probedAt = .now
        try blobs.put(BlobKey(Health.key), health.encoded())
    }

    /// A server that answers from this bucket; its copies outlive it.
    func server(
        _ change: (inout RedirectorSettings) -> Void = { _ in }
    ) throws -> RedirectionServer {
        var settings = settings
        change(&settings)
        return try RedirectionServer(settings)
    }

    var settings: RedirectorSettings {
        var settings = RedirectorSettings(
            region: "europe",
            answers: AnswerSettings(fallbackURL: Array("https://fallback.example/".utf8))
        )
        settings.storageURL = "s3://scripted"
        settings.storageProgram = program
        settings.cacheFolder = folder.appending("cache")
        settings.listen = "127.0.0.1"
        settings.port = 0
        settings.refreshSeconds = 1
        settings.storagePatienceMilliseconds = 60_000
        settings.answers.trustedProxies = TrustedProxies("127.0.0.0/8") ?? .none
        return settings
    }
}
