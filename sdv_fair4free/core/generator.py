"""p(s) p(u) p(y | u) p(x | u, s): what teacher and student both are, and how rows are drawn.

``u`` is standard Gaussian noise, independent of ``s``. ``y`` is drawn from ``u`` alone, so it is
independent of ``s`` by construction; ``x`` is not told ``y``, so no path leads back.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sdv_fair4free.core.flow import ConditionalFlow
from sdv_fair4free.core.networks import Decoder, reset_parameters
from sdv_fair4free.core.noise import Drawing, Noise
from sdv_fair4free.core.pictures import Painter, as_bytes
from sdv_fair4free.core.sampling import FoldedDecoder, Walk, drawn_from, mixed_columns
from sdv_fair4free.core.schema import Drawn, Schema
from sdv_fair4free.core.sensitive import SensitiveLaw, SensitiveTable
from sdv_fair4free.core.workers import alone, side_by_side

CHUNK = 16384
"""Rows drawn at a time: large enough for the processor, small enough for its cache."""


def at_rest(weights: Tensor) -> Tensor:
    """The weights as they are stored: in half precision, where that loses nothing."""
    half = weights.half()
    return half if torch.equal(half.to(weights.dtype), weights) else weights


def stacked(columns: list[Tensor], rows: Tensor) -> Tensor:
    """(rows, columns) int64 of columns of codes, of which there may be none; column by column."""
    return torch.stack(columns).T if columns else rows.new_zeros(len(rows), 0).long()


def pick(shares: Tensor, uniforms: Tensor) -> Tensor:
    """(rows,) int64: places in (values,) ``shares``, as often as these say."""
    bounds = shares.cpu().double().cumsum(0)
    return torch.searchsorted(bounds / bounds[-1], uniforms, right=True).clamp(max=len(bounds) - 1)


def target_walk(
    heads: tuple[FoldedDecoder, FoldedDecoder],
    u: Tensor,
    s_marks: Tensor,
    fairness_strength: float,
) -> Walk:
    """A walk over the targets of fair p(y | u) mixed with p(y | u, s)."""
    fair, plain = heads
    return mixed_columns(
        [
            (fair, u, fairness_strength),
            (plain, torch.cat([u, s_marks], dim=1), 1 - fairness_strength),
        ]
    )


def mixed_targets(
    heads: tuple[FoldedDecoder, FoldedDecoder] | None,
    u: Tensor,
    s_marks: Tensor,
    fairness_strength: float,
    uniforms: Tensor,
) -> Tensor:
    """Draw the targets: (rows, targets) int64, from fair p(y | u) mixed with p(y | u, s)."""
    if heads is None:
        return uniforms.new_zeros(len(u), 0).long()
    walk = target_walk(heads, u, s_marks, fairness_strength)
    return stacked([codes for _, codes in drawn_from(walk, uniforms)], u)


class RowGenerator(nn.Module):
    """Decoder, target heads and the law of the sensitive columns: a teacher, or a student.

    A builder of students gives one back: of the schema, the laws and the device of its teacher, in
    a network of its own. It may be of a subclass whose ``decoder`` is another network with the
    interface of :class:`~sdv_fair4free.core.networks.Decoder`; then it cannot be handed over as a
    file, which holds the sizes of the networks of this package and their weights, and no code.

    Args:
        schema: The shape of the table.
        law: Draws the sensitive columns.
        observed: Carries Gaussian noise to where the real rows with these sensitive values lie;
            None where ``u`` is standard Gaussian among them.
        width: Hidden units of the decoder.
        depth: Its residual blocks.
        head_width: Hidden units of the target heads.
        dropout: While training.
        seed: Source of the first weights.
        picture_width: Channels of the painter's maps of half the size; of no use without pictures.

    Attributes:
        decoder: p(x | u, s).
        fair_head: p(y | u), what strength 1 draws from; None without a target or a latent. Where
            ``u`` was blurred in training its mean over the blur is that.
        plain_head: p(y | u, s), what strength 0 draws from; None likewise.
        painter: p(picture | u, s); None without pictures.
        law: p(s).
        observed: As given.
    """

    def __init__(
        self,
        schema: Schema,
        law: SensitiveLaw,
        observed: ConditionalFlow | None,
        *,
        width: int,
        depth: int,
        head_width: int,
        dropout: float,
        seed: torch.Generator,
        picture_width: int = 1,
    ) -> None:
        super().__init__()
        self.schema = schema
        direct = schema.direct
        self.decoder = Decoder(
            schema.x, schema.context, width, depth, dropout, schema.autoregressive, direct
        )
        self.fair_head: Decoder | None = None
        self.plain_head: Decoder | None = None
        if schema.latent and schema.y.sizes:
            fair, plain = schema.latent, schema.latent + schema.s.width
            self.fair_head = Decoder(schema.y, fair, head_width, 1, 0.0, direct=direct)
            self.plain_head = Decoder(schema.y, plain, head_width, 1, 0.0, direct=direct)
        self.painter: Painter | None = None
        if schema.picture is not None:
            self.painter = Painter(schema.picture, schema.context, picture_width)
        reset_parameters(self, seed)
        self.law, self.observed = law, observed

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.law.groups.device

    def start_from(self, x: Tensor, fair: Tensor, plain: Tensor) -> None:
        """Begin with how often each token comes.

        Args:
            x: (tokens of x,) shares of rows.
            fair: (tokens of y,) as the fair head is to see them.
            plain: (tokens of y,) as the plain head is.
        """
        self.decoder.start_from(x)
        if self.fair_head is not None and self.plain_head is not None:
            self.fair_head.start_from(fair)
            self.plain_head.start_from(plain)

    def parameter_count(self) -> int:
        """Number of trained weights."""
        return sum(weight.numel() for weight in self.parameters())

    def weight_bytes(self) -> int:
        """Bytes that the trained weights take where they are stored, see :func:`at_rest`."""
        return sum(at_rest(weights).nbytes for weights in self.parameters())

    @torch.no_grad()
    def round_to_half(self) -> None:
        """Round the trained weights to half precision, in which they are then stored."""
        for weights in self.parameters():
            weights.copy_(weights.half())

    def context(self, u: Tensor, s_marks: Tensor) -> Tensor:
        """(rows, context): what every column of ``x`` may depend on."""
        return self.schema.context_of(u, s_marks)

    def latents(self, noise: Tensor, s_marks: Tensor, fairness_strength: float) -> Tensor:
        """(rows, latent): ``u`` for Gaussian noise.

        At strength 1 that is the noise. At 0 it is carried to where the real rows with these
        sensitive values lie, where a criterion has made ``u`` Gaussian under weights only; between,
        part of the way.
        """
        if self.observed is None or fairness_strength == 1.0:
            return noise
        observed = self.observed.inverse(noise, s_marks)
        return fairness_strength * noise + (1 - fairness_strength) * observed

    @torch.no_grad()
    def paint(
        self, noise: Tensor, s: Tensor, s_positions: Tensor, fairness_strength: float = 1.0
    ) -> Tensor:
        """The pictures of rows that were drawn.

        Args:
            noise: (rows, latent) Gaussian noise that the rows were drawn from.
            s: (rows, columns of s) int64 codes.
            s_positions: (rows, columns of s) in [0, 1).
            fairness_strength: That they were drawn with.

        Returns:
            (rows, channels, height, width) uint8, on the CPU.
        """
        shape, painter = self.schema.picture, self.painter
        assert shape is not None
        assert painter is not None
        painted = torch.empty(
            len(noise), shape.channels, shape.height, shape.width, dtype=torch.uint8
        )
        for part in torch.arange(len(noise)).split(self.schema.rows_at_once(CHUNK)):
            u = noise[part].to(self.device)
            marks = self.schema.s.marks(s[part].to(self.device), s_positions[part].to(self.device))
            if self.schema.decoder_sees_s:
                u = self.latents(u, marks, fairness_strength)
            painted[part] = as_bytes(painter(self.context(u, marks))).cpu()
        return painted

    def folded_heads(self) -> tuple[FoldedDecoder, FoldedDecoder] | None:
        """The fair and the plain head, ready for sampling; None without a target."""
        if self.fair_head is None or self.plain_head is None:
            return None
        return FoldedDecoder.of(self.fair_head), FoldedDecoder.of(self.plain_head)

    def draw(
        self,
        rows: int,
        noise: Noise,
        fairness_strength: float = 1.0,
        group_shares: Tensor | None = None,
        wanted: SensitiveTable | None = None,
    ) -> Drawn:
        """Draw rows, several chunks at a time; how many does not change what is drawn.

        Args:
            rows: How many.
            noise: All the randomness there is.
            fairness_strength: 1 draws ``y`` from p(y | u), 0 from p(y | u, s) with ``u`` as among
                the real rows; between them the two are mixed in log space.
            group_shares: (groups,) shares of the crossed categories to use instead of those
                observed.
            wanted: Sensitive values to use instead of drawing any.

        Returns:
            The rows, on the CPU.
        """
        schema = self.schema
        folded, heads = alone(
            lambda: (FoldedDecoder.of(self.decoder), self.folded_heads()), self.device
        )
        shares = self.law.shares if group_shares is None else group_shares
        shares = shares if wanted is None else wanted.shares
        numbers = len(schema.s.numbers)
        sizes = [len(schema.x.sizes), numbers, numbers, len(schema.y.sizes)]
        starts = range(0, max(rows, 1), CHUNK)  # of no rows, one chunk without any
        sizes_of_chunks = (min(CHUNK, rows - start) for start in starts)
        chunks = (noise.draw(count, cells=sum(sizes)) for count in sizes_of_chunks)

        @torch.no_grad()
        def chunk(random: Drawing) -> Drawn:
            device = self.device
            # A column lies together from here on: rows of few chunks are turned while they are at
            # hand, and by several workers.
            cells = random.cells.T.contiguous().T
            x_positions, number_uniforms, number_positions, y_positions = cells.split(sizes, dim=1)
            place = pick(shares, random.group)
            if wanted is None:
                s = self.law.draw(place.to(device), number_uniforms.to(device))
                s_positions = torch.zeros(s.shape)
                s_positions[:, list(schema.s.numbers)] = number_positions
            else:
                s, s_positions = wanted.codes[place].to(device), wanted.positions[place]
            s_marks = schema.s.marks(s, s_positions.to(device))
            noise_u = random.u.to(device)
            u = self.latents(noise_u, s_marks, fairness_strength)
            y = mixed_targets(heads, u, s_marks, fairness_strength, random.targets.to(device))
            # Where x must not depend on s, it must not see a latent that was carried by s either.
            seen = u if schema.decoder_sees_s else noise_u
            drawn = folded.draws(self.context(seen, s_marks), random.columns.to(device))
            return Drawn(
                x=stacked([codes for _, codes in drawn], u).cpu(),
                x_positions=x_positions,
                s=s.cpu(),
                s_positions=s_positions,
                y=y.cpu(),
                y_positions=y_positions,
                u=random.u,
            )

        return Drawn.joined(side_by_side(chunk, chunks, self.device))
