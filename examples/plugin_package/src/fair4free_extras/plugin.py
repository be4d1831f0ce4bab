"""What the entry point names: one object whose functions answer the hooks."""

from fair4free_extras.addresses import CoarseAddress
from fair4free_extras.hsic import hsic
from fair4free_extras.run_log import RunLog
from fair4free_extras.theil import between_group_theil
from sdv_fair4free.codecs import ColumnCodec
from sdv_fair4free.metrics.catalogue import FairnessFigure
from sdv_fair4free.plugins import hookimpl
from sdv_fair4free.reports.sections import ReportSection

THEIL = FairnessFigure(
    topic='Error Parity',
    compute=between_group_theil,
    best=0.0,
    worst=0.1,
    definition='How unequally the groups benefit from wrong decisions: 0 if all benefit alike. '
    'Theil index between groups of decision minus outcome plus one (Speicher et al. 2018).',
)
ADDRESSES = ColumnCodec(sdtypes=('address',), make=lambda name, described: CoarseAddress())


class Extras(RunLog):
    """A penalty, a figure, a codec, a section of the report, and a log of runs."""

    @hookimpl
    def dependence_penalties(self):
        """For ``TeacherConfig(dependence_penalty='hsic')``."""
        return {'hsic': hsic}

    @hookimpl
    def fairness_metrics(self):
        """Beside the figures of every audit and report."""
        return {'Between-group Theil index': THEIL}

    @hookimpl
    def column_codecs(self) -> dict[str, ColumnCodec]:
        """For columns of the sdtype 'address', which SDV would make up."""
        return {'coarse addresses': ADDRESSES}

    @hookimpl
    def report_sections(self):
        """After everything else."""
        section = ReportSection(
            heading='Who decides', place=1000, build=lambda reports: f'<p>{WHO_DECIDES}</p>'
        )
        return {'who-decides': section}


WHO_DECIDES = 'Figures inform; people who know the case and answer for it decide.'
extras = Extras()
