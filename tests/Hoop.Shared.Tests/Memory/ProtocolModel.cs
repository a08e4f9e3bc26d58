using System.Globalization;
using Hoop.Shared.Memory;

namespace Hoop.Shared.Tests.Memory;

/// <summary>
/// The protocol of coherent memory as a world of two gateways, one database, its notifications and the time, in which every step of every
/// participant may come next or not for long (a frozen process is one whose steps do not come). The gateways' state machine is the
/// product's own <see cref="Membership"/>. The database answers at once; what comes back waits until the gateway looks.
/// </summary>
internal sealed class ProtocolModel
{
    public const int Gateways = 2;
    public const int Keys = 2;

    /// <summary>In ticks of the model.</summary>
    private const long Lease = 2;

    private readonly Defect _defect;
    private readonly Gateway[] _gateways;
    private readonly bool[] _revoked = new bool[Keys];
    private readonly SortedDictionary<int, Row> _rows = [];
    private readonly Revocation?[] _revocations = new Revocation?[Keys];
    private long _now;
    private int _lives;

    public ProtocolModel(Defect defect = Defect.None)
    {
        _defect = defect;
        _gateways = [.. Enumerable.Range(0, Gateways).Select(_ => new Gateway(new Membership()))];
    }

    private ProtocolModel(ProtocolModel other)
    {
        (_defect, _now, _lives) = (other._defect, other._now, other._lives);
        _gateways = [.. other._gateways.Select(gateway => gateway.Copy())];
        other._revoked.CopyTo(_revoked, 0);
        foreach (var (life, row) in other._rows)
        {
            _rows.Add(life, row);
        }

        for (var key = 0; key < Keys; key++)
        {
            _revocations[key] = other._revocations[key]?.Copy();
        }
    }

    /// <summary>A gateway would answer by a credential whose revocation has been answered.</summary>
    public bool IsBroken => Enumerable.Range(0, Keys).Any(
        key => _revocations[key] is { Answered: true } && _gateways.Any(gateway => MayAnswer(gateway) && gateway.Holds(key)));

    /// <summary>Equal texts are equal worlds: names of lives and the time are told relative to each other.</summary>
    public string Fingerprint()
    {
        var text = new System.Text.StringBuilder();
        foreach (var gateway in _gateways)
        {
            gateway.Write(text, _now);
        }

        foreach (var (life, row) in _rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"|{life}:{row.Gateway},{Math.Max(-1, row.Ends - _now)}");
        }

        for (var key = 0; key < Keys; key++)
        {
            text.Append(_revoked[key] ? 'r' : 'v');
            _revocations[key]?.Write(text);
        }

        return text.ToString();
    }

    /// <summary>Every step that somebody can take now.</summary>
    public IEnumerable<(string Name, Func<ProtocolModel> Take)> Steps()
    {
        yield return ("tick", () => After(world => world._now++));
        for (var index = 0; index < Gateways; index++)
        {
            var number = index;
            foreach (var (name, step) in StepsOf(_gateways[index]))
            {
                yield return ($"{name} {number}", () => After(world => step(world, number)));
            }
        }

        for (var key = 0; key < Keys; key++)
        {
            var revoked = key;
            if (_revocations[key] is not { } revocation)
            {
                // Each key by another gateway: one would do, since the gateways are alike.
                yield return ($"revoke {key}", () => After(world => world.Commit(revoked, by: revoked % Gateways)));
            }
            else if (!revocation.Answered)
            {
                yield return (revocation.Sent ? $"wait {key}" : $"announce {key}", () => After(world => world.Announce(revoked)));
            }
        }
    }

    private IEnumerable<(string Name, Action<ProtocolModel, int> Step)> StepsOf(Gateway gateway)
    {
        if (gateway.Machine.Id is null)
        {
            yield return ("begin", (world, number) => world.Begin(number));
            yield break;
        }

        if (gateway.Renewal is null)
        {
            yield return ("renew", (world, number) => world.Renew(number));
        }
        else
        {
            yield return ("renewed", (world, number) => world.Renewed(number));
        }

        if (gateway.Heard.Count > 0)
        {
            yield return ("hear", (world, number) => world.Hear(number));
        }

        for (var key = 0; key < Keys; key++)
        {
            var wanted = key;
            if (gateway.Reads[key] is null)
            {
                if (MayAnswer(gateway) && !gateway.Holds(key) && !_revoked[key])
                {
                    yield return ($"read {key}", (world, number) => world._gateways[number].Read(wanted));
                }
            }
            else
            {
                yield return ($"store {key}", (world, number) => world._gateways[number].Store(wanted, _defect));
            }
        }
    }

    private ProtocolModel After(Action<ProtocolModel> step)
    {
        var world = new ProtocolModel(this);
        step(world);
        return world;
    }

    private bool MayAnswer(Gateway gateway) => _defect switch
    {
        Defect.AnswersBeforeItIsKnown => gateway.Machine.Id is not null && _now < gateway.Machine.LeaseEnds,
        Defect.IgnoresTheLease => gateway.Machine.Id is not null && gateway.Machine.Unaware.Count == 0,
        _ => gateway.Machine.Joined(_now),
    };

    private IEnumerable<int> AliveBut(int gateway) =>
        _rows.Where(row => row.Value.Gateway != gateway && row.Value.Ends > _now).Select(row => row.Key);

    private void Begin(int number)
    {
        var (gateway, life) = (_gateways[number], ++_lives);
        _rows[life] = new Row(number, _now + Lease);
        var others = AliveBut(number).ToList();
        gateway.Machine.Begin(Named(life), _now + Lease, others.Select(Named));
        if (_defect != Defect.KeepsMemoryOverALapse)
        {
            gateway.Forget();
        }

        foreach (var other in _gateways.Where((_, index) => index != number && others.Count > 0))
        {
            other.Heard.Enqueue(new Message('j', life, 0));
        }
    }

    // The statement runs; its answer waits until the gateway looks, which may be after other things were heard.
    private void Renew(int number)
    {
        var gateway = _gateways[number];
        var life = NumberOf(gateway.Machine.Id!.Value);
        var renewed = _rows.TryGetValue(life, out var row) && row.Ends > _now;
        if (renewed)
        {
            _rows[life] = row! with { Ends = _now + Lease };
        }

        gateway.Renewal = new Answered(
            gateway.Machine.Renew(),
            renewed,
            _now,
            [.. AliveBut(number)],
            [.. _rows.Where(other => other.Value.Gateway != number && other.Value.Ends <= _now).Select(other => other.Key)]);
    }

    private void Renewed(int number)
    {
        var gateway = _gateways[number];
        var answer = gateway.Renewal!;
        gateway.Renewal = null;
        var sent = _defect == Defect.RemovesThoseItDidNotAskAbout
            ? new Membership.Renewal([.. gateway.Machine.Others])
            : answer.Sent;
        var from = _defect == Defect.CountsTheLeaseFromTheAnswer ? _now : answer.Asked;
        var after = answer.Renewed
            ? gateway.Machine.Renewed(
                sent, from + Lease, answer.Alive.Select(Named).ToHashSet(), answer.Ended.Select(Named).ToHashSet(), _now)
            : Membership.After.Lapsed;
        switch (after)
        {
            case Membership.After.Lapsed:
                gateway.Machine.End();
                gateway.Heard.Clear();
                if (_defect != Defect.KeepsMemoryOverALapse)
                {
                    gateway.Forget();
                }

                break;
            case Membership.After.Forget:
                gateway.Forget();
                break;
            default:
                break;
        }
    }

    private void Hear(int number)
    {
        var gateway = _gateways[number];
        var message = gateway.Heard.Dequeue();
        var life = NumberOf(gateway.Machine.Id!.Value);
        switch (message.Kind)
        {
            case 'j':
                gateway.Machine.Met(Named(message.Life));
                if (_rows.TryGetValue(message.Life, out var row))
                {
                    _gateways[row.Gateway].Heard.Enqueue(new Message('a', life, message.Life));
                }

                break;
            case 'a':
                gateway.Machine.KnownTo(Named(message.Life), Named(message.Number));
                break;
            case 'c':
                _revocations[message.Number]!.Confirmed.Add(life);
                if (_defect != Defect.ForgetsAfterConfirming)
                {
                    gateway.Change(message.Number);
                }

                break;
            default:
                break;
        }
    }

    private void Commit(int key, int by)
    {
        _revoked[key] = true;
        _revocations[key] = new Revocation(by);
    }

    private void Announce(int key)
    {
        var revocation = _revocations[key]!;
        var gateway = _gateways[revocation.By];
        if (!revocation.Sent)
        {
            gateway.Change(key);
            if (gateway.Machine.Alone(_now) || _defect == Defect.DoesNotWait)
            {
                revocation.Answered = true;
                return;
            }
        }

        var alive = AliveBut(revocation.By).ToHashSet();
        if (!revocation.Sent)
        {
            revocation.Sent = true;
            revocation.Expected.UnionWith(alive);
            foreach (var other in _gateways.Where((other, index) => index != revocation.By && other.Machine.Id is not null))
            {
                other.Heard.Enqueue(new Message('c', 0, key));
            }
        }

        revocation.Expected.IntersectWith(alive);
        revocation.Answered = revocation.Expected.IsSubsetOf(revocation.Confirmed);
    }

    private static Guid Named(int life) => new(life, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]);

    private static int NumberOf(Guid life) => BitConverter.ToInt32(life.ToByteArray());

    private sealed record Row(int Gateway, long Ends);

    private sealed record Message(char Kind, int Life, int Number);

    private sealed record Answered(Membership.Renewal Sent, bool Renewed, long Asked, IReadOnlyList<int> Alive, IReadOnlyList<int> Ended);

    private sealed class Revocation(int by)
    {
        public int By => by;

        public bool Sent { get; set; }

        public bool Answered { get; set; }

        public HashSet<int> Expected { get; private init; } = [];

        public HashSet<int> Confirmed { get; private init; } = [];

        public Revocation Copy() => new(by) { Sent = Sent, Answered = Answered, Expected = [.. Expected], Confirmed = [.. Confirmed] };

        public void Write(System.Text.StringBuilder text) => text.Append(
            CultureInfo.InvariantCulture,
            $"({Sent}{Answered}{string.Join(',', Expected.Order())};{string.Join(',', Confirmed.Order())})");
    }

    /// <summary>What is remembered of a key, and what a read on its way has found, with the counters of before.</summary>
    private sealed class Gateway(Membership machine)
    {
        private readonly long[] _changes = new long[Keys];
        private readonly (long Epoch, long Change)?[] _entries = new (long, long)?[Keys];
        private long _epoch;

        public Membership Machine => machine;

        public (long Epoch, long Change)?[] Reads { get; } = new (long, long)?[Keys];

        public Queue<Message> Heard { get; private init; } = [];

        public Answered? Renewal { get; set; }

        public bool Holds(int key) => _entries[key] is { } entry && entry == (_epoch, _changes[key]);

        // The credential was good when this was read: nobody reads a revoked one.
        public void Read(int key) => Reads[key] = (_epoch, _changes[key]);

        public void Store(int key, Defect defect)
        {
            _entries[key] = defect == Defect.StoresWhatWasReadBefore ? (_epoch, _changes[key]) : Reads[key];
            Reads[key] = null;
        }

        public void Change(int key) => _changes[key]++;

        public void Forget() => _epoch++;

        public Gateway Copy()
        {
            var copy = new Gateway(machine.Copy()) { Heard = new Queue<Message>(Heard), Renewal = Renewal };
            copy._epoch = _epoch;
            _changes.CopyTo(copy._changes, 0);
            _entries.CopyTo(copy._entries, 0);
            Reads.CopyTo(copy.Reads, 0);
            return copy;
        }

        public void Write(System.Text.StringBuilder text, long now)
        {
            text.Append(CultureInfo.InvariantCulture, $"#{machine.Id?.ToString()[..8]}={Math.Max(-1, machine.LeaseEnds - now)}");
            text.AppendJoin(',', machine.Others.Order()).Append('/').AppendJoin(',', machine.Unaware.Order());
            for (var key = 0; key < Keys; key++)
            {
                text.Append(Holds(key) ? 'h' : '-');
                text.Append(Reads[key] is { } read ? (read == (_epoch, _changes[key]) ? 'f' : 's') : '-');
            }

            text.AppendJoin(';', Heard);
            if (Renewal is { } renewal)
            {
                text.Append(CultureInfo.InvariantCulture, $"R{renewal.Renewed}{now - renewal.Asked}:{string.Join(',', renewal.Alive)}");
                text.Append(
                    CultureInfo.InvariantCulture, $":{string.Join(',', renewal.Ended)}:{string.Join(',', renewal.Sent.Known.Order())}");
            }
        }
    }
}

/// <summary>What would be wrong with the product, to prove that the exploration sees it.</summary>
public enum Defect
{
    None,
    AnswersBeforeItIsKnown,
    IgnoresTheLease,
    CountsTheLeaseFromTheAnswer,
    KeepsMemoryOverALapse,
    StoresWhatWasReadBefore,
    DoesNotWait,
    ForgetsAfterConfirming,
    RemovesThoseItDidNotAskAbout,
}
