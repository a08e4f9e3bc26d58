using FsCheck;
using FsCheck.Fluent;
using Hoop.Shared.Http;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Http;

[Description("Forged and damaged page tokens: CVE-2026-33503, CVE-2026-33504, CVE-2026-33505")]
public sealed class PageCursorTests
{
    private static readonly Guid Org = Guid.NewGuid();
    private static readonly PageCursor Cursor = new("rows", Org, "filter", null);

    [Test]
    public void A_cursor_is_read_back() => Prop.ForAll<long, Guid>((number, id) =>
        Cursor.TryParse(Cursor.Of($"é{number}", id.ToString()), 2, out var key)
            && key.SequenceEqual([$"é{number}", id.ToString()])).QuickCheckThrowOnFailure();

    [Test]
    public void Every_single_changed_character_is_refused([Values("a", "ab", "abc", "")] string key)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ ";
        var cursor = Cursor.Of(key);
        Assert.That(cursor, Does.Match("^[A-Za-z0-9_-]+$"));
        for (var at = 0; at < cursor.Length; at++)
        {
            foreach (var other in alphabet.Where(character => character != cursor[at]))
            {
                var changed = string.Concat(cursor.AsSpan(0, at), [other], cursor.AsSpan(at + 1));
                Assert.That(Cursor.TryParse(changed, 1, out _), Is.False, changed);
            }
        }
    }

    [Test]
    public void Any_text_is_answered_without_an_exception() => Prop.ForAll<string?>(text =>
        !Cursor.TryParse(text ?? "", 1, out _)).QuickCheckThrowOnFailure();

    [Test]
    public void A_cursor_of_another_list_organization_filter_or_key_is_refused()
    {
        var text = Cursor.Of("one");
        PageCursor[] others =
        [
            new("other", Org, "filter", null), new("rows", Guid.NewGuid(), "filter", null), new("rows", Org, "filter", ""),
            new("rows", Org, null, "filter"), new("rows", Org, "filter"), new("rowsfilter", Org, null, null),
        ];
        Assert.That(others.Select(other => other.TryParse(text, 1, out _)), Is.All.False);
        Assert.That(Cursor.TryParse(text, 2, out _), Is.False);
        Assert.That(Cursor.TryParse(text, 1, out _), Is.True);
    }

    [Test]
    public void A_longer_cursor_is_not_looked_at() =>
        Assert.That(Cursor.TryParse(Cursor.Of(new string('a', PageCursor.MaxLength)), 1, out _), Is.False);
}
