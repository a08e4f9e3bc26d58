using Hoop.GoTemplates;
using Hoop.Spiffe.Mappings;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Mappings;

[NonParallelizable]
public sealed class TemplateCacheTests
{
    [Test]
    public void A_template_is_parsed_once()
    {
        var cache = new TemplateCache();
        cache.TryGet("agent-{{.WorkloadIdentifier}}", out var first, out _);
        cache.TryGet("agent-{{.WorkloadIdentifier}}", out var second, out _);

        Assert.That(second, Is.SameAs(first));
        Assert.That(cache.SourceBytes, Is.EqualTo("agent-{{.WorkloadIdentifier}}".Length));
    }

    [Test]
    public void A_broken_one_is_told_and_not_kept()
    {
        var cache = new TemplateCache();

        Assert.That(cache.TryGet("{{.Nope}}", out _, out var error), Is.False);
        Assert.That(error, Does.StartWith("line 1, column 3: "));
        Assert.That(cache.SourceBytes, Is.Zero);
    }

    /// <summary>S14: the densest source there is, five thousand times.</summary>
    [Test]
    public void Five_thousand_distinct_templates_take_no_more_than_fifty_megabytes()
    {
        var cache = new TemplateCache();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 5_000; i++)
        {
            var dense = $"{{{{{i}}}}}";
            var text = dense + string.Concat(Enumerable.Repeat("{{.}}", (TemplateLimits.SourceBytes - dense.Length) / 5));
            Assert.That(cache.TryGet(text, out _, out var error), Is.True, error);
        }

        Assert.That(cache.SourceBytes, Is.LessThanOrEqualTo(TemplateCache.MaxSourceBytes));
        Assert.That((GC.GetTotalMemory(forceFullCollection: true) - before) / 1024 / 1024, Is.LessThanOrEqualTo(50));
        GC.KeepAlive(cache);
    }
}
