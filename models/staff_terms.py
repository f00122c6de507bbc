"""staff.yaml: how staff are invited, what one of them may do alone, how long the record is kept."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StaffTerms:
    invitation_hours: int  # how long an invitation's code is good
    wrong_codes_per_day: int  # of one chat; afterwards no code is taken until the next day
    alone_per_person: int  # coupons of one person that one staff person may give back without a second yes …
    alone_days: int  # … within so many days
    alone_per_day: int  # give-backs of one staff person in 24 hours without a second yes
    record_years: int  # how long the record of acts is kept
