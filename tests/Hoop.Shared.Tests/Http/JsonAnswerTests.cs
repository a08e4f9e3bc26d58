using System.Text.Json;
using Hoop.Shared.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Http;

public sealed class JsonAnswerTests
{
    private readonly ServiceProvider _services = new ServiceCollection().AddHoopHttp().BuildServiceProvider();

    [OneTimeTearDown]
    public void Stop() => _services.Dispose();

    [TestCase(0)]
    [TestCase(1_000)]
    [TestCase(300_000)]
    public async Task A_body_comes_whole_with_its_length(int length)
    {
        var (context, body) = Context();
        await JsonAnswer.Write(context, new Thing(new string('é', length)));
        await context.Response.BodyWriter.FlushAsync();
        Assert.That(context.Response.ContentType, Is.EqualTo("application/json; charset=utf-8"));
        Assert.That(context.Response.ContentLength, Is.EqualTo(body.Length));
        Assert.That(JsonElement.Parse(body.ToArray()).GetProperty("some_text").GetString(), Is.EqualTo(new string('é', length)));
    }

    [Test]
    public async Task What_fails_half_way_leaves_nothing_to_the_next()
    {
        var (failed, nothing) = Context();
        Assert.That(() => JsonAnswer.Write(failed, new Faulty()), Throws.InvalidOperationException);
        Assert.That((failed.Response.ContentLength, nothing.Length), Is.EqualTo((default(long?), 0L)));

        var (context, body) = Context();
        await JsonAnswer.Write(context, new Thing("x"));
        await context.Response.BodyWriter.FlushAsync();
        Assert.That(System.Text.Encoding.UTF8.GetString(body.ToArray()), Is.EqualTo("""{"some_text":"x"}"""));
    }

    private (DefaultHttpContext Context, MemoryStream Body) Context()
    {
        var body = new MemoryStream();
        var context = new DefaultHttpContext { RequestServices = _services };
        context.Response.Body = body;
        return (context, body);
    }

    private sealed record Thing(string SomeText);

    private sealed record Faulty(string Good = "good")
    {
        public string Bad => Good.Length > 0 ? throw new InvalidOperationException("on purpose") : "";
    }
}
