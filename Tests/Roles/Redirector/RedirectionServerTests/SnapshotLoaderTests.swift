import Glibc
import Linux
import ObjectStorage
import Redirection
import TestSupport
import Testing

@testable import RedirectionServer

/// What becomes of maps that cannot be read.
@Suite struct SnapshotLoaderTests {
    /// The reason may have passed: a lack of descriptors or memory changes no file.
    @Test func anUnreadableMapIsReadAtTheNextLookAndCountedOnce() throws {
        let folder = try TemporaryFolder()
        var settings = RedirectorSettings(
            region: "europe",
            answers: AnswerSettings(fallbackURL: Array("https://fallback.example/".utf8))
        )
        settings.storageURL = "s3://bucket/prefix"
        settings.cacheFolder = folder.path
        let blobs = try LocalBlobs(settings)
        let metrics = Metrics()
        let loader = try SnapshotLoader(settings, blobs: blobs, metrics: metrics)
        let key = loader.mapKey
        try blobs.store.put(key, try ServerFixture.map(mirror: "first"))
        // Copies behind a symlink are refused, and it has the version of the file itself.
        let path = blobs.store.path(of: key)
        let aside = path + ".aside"
        #expect(unsafe rename(path, aside) == 0)
        #expect(unsafe symlink(aside, path) == 0)
        for _ in 0..<3 { #expect(loader.refresh(now: .now) == nil) }
        let text = String(decoding: metrics.text(snapshot: nil, now: 0), as: UTF8.self)
        #expect(text.contains(#"redirector_refresh_errors_total{blob="map"} 1"#))
        #expect(unsafe rename(aside, path) == 0)
        #expect(loader.refresh(now: .now)?.generation == 1)
        #expect(loader.refresh(now: .now) == nil)
    }
}
