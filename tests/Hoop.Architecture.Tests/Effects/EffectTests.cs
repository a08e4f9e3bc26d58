using Hoop.Shared;
using NUnit.Framework;

namespace Hoop.Architecture.Tests.Effects;

public sealed class EffectTests
{
    [Test]
    public void Whatever_reaches_outside_of_the_database_is_an_action()
    {
        Type[] types =
            [.. Product.Modules.SelectMany(module => module.Assembly.GetTypes().Concat(module.Contracts.GetTypes())),
                .. typeof(SharedServices).Assembly.GetTypes()];
        Assert.That(EffectRules.Actions(types), Has.Count.GreaterThanOrEqualTo(4), "the search finds the effects of the actions there are");

        Assert.That(EffectRules.Violations(types), Is.Empty);
    }

    [Test]
    public void A_query_and_a_command_with_an_effect_are_found_and_an_action_and_a_plain_query_are_not()
    {
        var types = typeof(EffectTests).Assembly.GetTypes().Where(type => type.Namespace == typeof(MadeUp.IDoor).Namespace).ToList();

        Assert.That(EffectRules.Violations(types), Is.EqualTo(new[]
        {
            $"{typeof(MadeUp.AskWhoIsThere.Request)} is no action, and opens a door: Handler.Handle > OpenHouseHandler.Handle > Porter`1.LetIn > IDoor.Open > FrontDoor.Open",
            $"{typeof(MadeUp.NoteGuest.Request)} is no action, and opens a door: Handler.Handle > Porter`1.LetIn > IDoor.Open > FrontDoor.Open",
        }));
        Assert.That(EffectRules.Actions(types), Is.EqualTo(new[] { typeof(MadeUp.ReceiveGuest.Request) }));
    }
}
