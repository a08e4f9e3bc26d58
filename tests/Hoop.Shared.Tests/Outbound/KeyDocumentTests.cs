using Hoop.Shared.Outbound;
using Hoop.Shared.Results;
using Hoop.StandIns;
using Hoop.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Outbound;

public sealed class KeyDocumentTests
{
    private readonly FakeClock _clock = new();

    [Test]
    public async Task An_inline_document_is_read_once_and_never_too_old()
    {
        await using var source = new KeySource<string>(
            KeyDocument.FromText("inline"), KeyOrigin.Parse, new KeySourceOptions<string>(), _clock, NullLogger.Instance);
        await source.Start();

        _clock.Advance(TimeSpan.FromDays(1000));
        await source.RequestRefresh(CancellationToken.None);

        Assert.That(source.Snapshot.Value, Is.EqualTo("inline"));
        Assert.That(source.Snapshot.Age, Is.EqualTo(TimeSpan.FromDays(1000)));
    }

    [Test]
    public async Task A_file_is_read_anew_and_its_absence_is_an_error()
    {
        var path = Path.Combine(TestContext.CurrentContext.WorkDirectory, Path.GetRandomFileName());
        await using var source = new KeySource<string>(
            KeyDocument.FromFile(path), KeyOrigin.Parse, new KeySourceOptions<string>(), _clock, NullLogger.Instance);
        await source.Start();
        Assert.That(source.Snapshot.LastError?.Code, Is.EqualTo(KeyDocument.Unreadable));

        await File.WriteAllTextAsync(path, "from a file");
        var loaded = await source.RefreshNow(CancellationToken.None);
        await File.WriteAllBytesAsync(path, new byte[(1024 * 1024) + 1]);
        var oversize = await source.RefreshNow(CancellationToken.None);
        File.Delete(path);

        Assert.That((loaded.Value, loaded.LastError), Is.EqualTo(("from a file", default(Error))));
        Assert.That((oversize.Value, oversize.LastError?.Code), Is.EqualTo(("from a file", KeyDocument.Unreadable)));
    }

    [Test]
    public async Task A_url_is_fetched_and_named_without_its_query()
    {
        await using var issuer = await SpiffeIssuerStandIn.Start();
        var document = KeyDocument.FromUrl(
            new OutboundHttp(), new Uri(issuer.BundleUrl + "?key=hunter2"), new OutboundOptions { AllowLoopback = true });
        await using var source = new KeySource<string>(
            document, KeyOrigin.Parse, new KeySourceOptions<string>(), _clock, NullLogger.Instance);

        await source.Start();

        Assert.That(source.Snapshot.Value, Is.EqualTo(issuer.Bundle()));
        Assert.That(source.Name, Is.EqualTo(issuer.BundleUrl));
    }
}
