// injection.mjs HOSTS: what would end a line of a head never gets into one, nor into a fallback's
// URL.

import assert from 'node:assert'

const { head, fallbackURL, parts } = await import(`${process.argv[2]}/answer.mjs`)
const make = (target, fields = {}, client = '192.0.2.1', viewer = { country: 'DE' }) =>
    head('GET', target, 'host', client, true, 'CloudFront-Viewer-Country', viewer, name => fields[name])

assert.equal(make('/a b'), null)
assert.equal(make('/a\r\nX: y'), null)
assert.equal(make('/a\0'), null)
assert.ok(!make('/', {}, '1\r\nX: y').includes('X: y'))
for (const name of ['country', 'latitude', 'longitude', 'asn']) {
    assert.ok(!make('/', {}, '1', { [name]: '7\nX: y' }).includes('X: y'))
}
assert.ok(make('/', {}, '1', { latitude: '50.1', longitude: 8.7, asn: 64500 }).endsWith(
    'CloudFront-Viewer-Latitude: 50.1\r\nCloudFront-Viewer-Longitude: 8.7\r\nCloudFront-Viewer-ASN: 64500\r\n\r\n'))
// A client says nothing of its place.
assert.ok(!make('/', { 'cloudfront-viewer-latitude': '50.1', 'CloudFront-Viewer-Latitude': '50.1' }).includes('50.1'))
assert.ok(!make('/', { accept: 'a\r\nX: y' }).includes('X: y'))
assert.ok(make('/', { accept: 'a, b' }).includes('accept: a, b\r\n'))
assert.equal(fallbackURL('https://f.example/', '/ä/\ud800 \r\n"%2F?q'),
    'https://f.example/%C3%A4/%EF%BF%BD%20%0D%0A%22%2F?q')
assert.equal(fallbackURL('https://f.example', '//evil.example/x'), 'https://f.example//evil.example/x')
assert.deepEqual(parts('HTTP/1.1 302 Found\r\nA: b: c\r\n\r\nbody').fields, [['A', 'b: c']])
