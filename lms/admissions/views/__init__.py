"""Pages of the applicant (`applying`) and of the reviewer (`reviewing`)."""
